"""Writes NAME.pth (a state dict of random weights) and NAME.bin (input, then logits, as float32) into a folder.

usage: torchvision_outputs.py FOLDER NAME SIDE; exit 77 where torchvision is not installed
"""
import sys

try:
    import torch
    import torchvision
except ImportError as error:
    print(error)
    sys.exit(77)

folder, name, side = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.manual_seed(7)
torch.set_num_threads(2)  # one thread and one image take LibTorch's slow path
network = getattr(torchvision.models, name)().eval()
for module in network.modules():  # batch norms that do something
    if isinstance(module, torch.nn.BatchNorm2d):
        torch.nn.init.uniform_(module.weight, 0.5, 1.0)
        torch.nn.init.normal_(module.bias, 0, 0.1)
        torch.nn.init.normal_(module.running_mean, 0, 0.1)
        torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
image = torch.randn(1, 3, side, side)
with torch.no_grad():
    logits = network(image)
torch.save(network.state_dict(), f"{folder}/{name}.pth")
with open(f"{folder}/{name}.bin", "wb") as file:
    file.write(image.numpy().tobytes())
    file.write(logits.numpy().tobytes())
