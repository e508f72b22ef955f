"""torchvision's side of rows 10 and 11, in eager mode: one request a line on stdin, one answer a line on stdout.

  make NAME SIDE FOLDER                   NAME.pth (random weights), NAME.onnx and NAME.in (an image of float32)
  load NAME THREADS SIDE FOLDER OUTPUT    writes the logits of that image; answers "ready"
  run COUNT                               milliseconds of each of so many inferences
  evaluate DEPTH FILE THREADS IMAGES BATCH FIRST COUNT
                                          seconds and right answers of the usual loop over so many CIFAR-10 images;
                                          the time begins when network and images are ready
"""
import os
import sys
import time
import warnings

import torch
import torchvision
from torch import nn

warnings.filterwarnings("ignore")


def network_of(name):
    torch.manual_seed(7)
    network = getattr(torchvision.models, name)().eval()
    for module in network.modules():  # batch norms that do something
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
            nn.init.normal_(module.bias, 0, 0.1)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return network


class Block(nn.Module):
    """Of the ResNets for CIFAR (He et al. 2015), with shortcuts without parameters."""

    def __init__(self, before, planes):
        super().__init__()
        stride = 1 if before == planes else 2
        self.conv1 = nn.Conv2d(before, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.missing = planes - before

    def forward(self, x):
        out = self.bn2(self.conv2(nn.functional.relu(self.bn1(self.conv1(x)))))
        if self.missing:
            x = nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.missing // 2, self.missing // 2))
        return nn.functional.relu(out + x)


class Cifar(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        before = 16
        for stage, planes in enumerate((16, 32, 64), 1):
            blocks = []
            for _ in range((depth - 2) // 6):
                blocks.append(Block(before, planes))
                before = planes
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(nn.functional.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


class Images(torchvision.datasets.VisionDataset):
    """torchvision.datasets.CIFAR10, line by line, but for the file: the binary version instead of the pickled one."""

    def __init__(self, path, transform):
        super().__init__(os.path.dirname(path), transform=transform)
        with open(path, "rb") as file:
            records = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).reshape(-1, 3073).numpy()
        self.targets = records[:, 0].tolist()
        self.data = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # as CIFAR10 keeps them

    def __getitem__(self, index):
        image = torchvision.transforms.functional.to_pil_image(self.data[index])
        return self.transform(image), self.targets[index]

    def __len__(self):
        return len(self.data)


def evaluate(depth, weights, threads, path, batch, first, count):
    torch.set_num_threads(threads)
    network = Cifar(depth).eval()
    network.load_state_dict(torch.load(weights))
    transforms = torchvision.transforms
    data = Images(path, transforms.Compose([
        transforms.ToTensor(), transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]))
    data = torch.utils.data.Subset(data, range(first, first + count))
    correct, start = 0, time.perf_counter()
    with torch.no_grad():
        for images, labels in torch.utils.data.DataLoader(data, batch_size=batch):
            correct += (network(images).argmax(1) == labels).sum().item()
    return time.perf_counter() - start, correct


def make(name, side, folder):
    network = network_of(name)
    image = torch.randn(1, 3, side, side)
    torch.save(network.state_dict(), f"{folder}/{name}.pth")
    image.numpy().tofile(f"{folder}/{name}.in")
    torch.onnx.export(network, image, f"{folder}/{name}.onnx", opset_version=13)


def run(network, image, count):
    times = []
    with torch.no_grad():
        for _ in range(count):
            start = time.perf_counter()
            network(image)
            times.append((time.perf_counter() - start) * 1000)
    return times


def main():
    network = image = None
    for line in sys.stdin:
        request, *words = line.split()
        if request == "make":
            make(words[0], int(words[1]), words[2])
            answer = "ready"
        elif request == "load":
            name, threads, side, folder, output = words
            torch.set_num_threads(int(threads))
            network = network_of(name)
            network.load_state_dict(torch.load(f"{folder}/{name}.pth"))
            with open(f"{folder}/{name}.in", "rb") as file:
                image = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(1, 3, int(side), int(side))
            with torch.no_grad():
                network(image).numpy().tofile(output)
            answer = f"ready torch {torch.__version__}, torchvision {torchvision.__version__}"
        elif request == "run":
            answer = " ".join(map(str, run(network, image, int(words[0]))))
        else:
            depth, weights, threads, path, *numbers = words
            answer = "{} {}".format(*evaluate(int(depth), weights, int(threads), path, *map(int, numbers)))
        print(answer, flush=True)


main()
