"""All 10,000 test images of CIFAR-10 with the published networks: cef's evaluation against torchvision's usual loop."""
import os

import inference
import timing

TITLE = "Evaluation of 10,000 images"
PUBLISHED = {20: 9173, 32: 9263, 44: 9310, 56: 9339}
IMAGES = 10000
prepare = inference.prepare


def check(who, depth, correct):
    if correct != PUBLISHED[depth]:
        raise SystemExit(f"bench: {who}: resnet{depth} has {correct} right of {IMAGES}, published are {PUBLISHED[depth]}")


def measure_one(lab, options, depth, threads):
    """Seconds of 10,000 images, by round. The plain loop, far slower, takes another part of the images in each round."""
    images, weights = f"{inference.DATA}/cifar10/test_batch.bin", f"{inference.DATA}/resnet-cifar10/resnet{depth}.pth"
    part = 200 if options.quick else IMAGES // options.rounds
    samples, plain_right = {"cef": [], "plain loop": [], "loop, batches of 128": []}, 0

    def ask(worker, request, count, whole=True):
        seconds, correct = worker.ask(request).split()
        if whole:
            check(worker.name, depth, int(correct))
        return {"wall_s": float(seconds) * IMAGES / count}, int(correct)

    with inference.cef(lab, threads) as ours, inference.torchvision(lab, threads) as theirs:
        for number in range(options.rounds + 1):
            loop = f"evaluate {depth} {weights} {threads} {images}"
            first = max(0, number - 1) * part
            last = first + part if number < options.rounds or options.quick else IMAGES
            ran = {"cef": ask(ours, f"evaluate resnet{depth} {weights} fp32 {threads} cifar10:{images}", IMAGES),
                   "plain loop": ask(theirs, f"{loop} 1 {first} {last - first}", last - first, False),
                   "loop, batches of 128": ask(theirs, f"{loop} 128 0 {IMAGES}", IMAGES)}
            if number:
                plain_right += ran["plain loop"][1]
                for who, (sample, _) in ran.items():
                    samples[who].append(sample)
    if not options.quick:
        check("the plain loop", depth, plain_right)
    return samples


def measure(lab, options):
    if not os.path.isdir(inference.DATA):
        return {"tables": [], "goals": [], "samples": {}, "notes": ["Not measured: ../shared/data is not there."]}
    threads = len(os.sched_getaffinity(0))
    rows = [["network", "right", "", "images/s", "runs", "cef's images/s / its"]]
    goals, everything = [], {}
    for depth in (20,) if options.quick else PUBLISHED:
        samples = everything[f"resnet{depth}"] = measure_one(lab, options, depth, threads)
        for who, all_ in samples.items():
            rates = [IMAGES / sample["wall_s"] for sample in all_]
            faster = timing.ratio(all_, samples["cef"])
            rows.append([f"resnet{depth}", str(PUBLISHED[depth]), who, f"{IMAGES / timing.median(all_):.0f}",
                         f"{min(rates):.0f} – {max(rates):.0f}", "" if who == "cef" else timing.shown(faster)])
            if who == "plain loop":
                goals.append(timing.goal(f"resnet{depth}: cef's images/s / {who}'s", faster["median"], 3, least=True))
    return {"tables": [(f"{threads} threads", rows)], "goals": goals, "samples": everything,
            "notes": ["cef: the accuracy pass of `cef bench`, from opening the data set and the weights to the count of right "
                      "answers; the loops' time begins when both are loaded. The plain loop: a Dataset as torchvision's "
                      "CIFAR10 (a PIL image, ToTensor, Normalize) and DataLoader with its defaults, one image at a time, "
                      "another part of the images in each round; the other loop has batch_size=128 and all of them. The "
                      "right answers of each are checked to be the published number."]}
