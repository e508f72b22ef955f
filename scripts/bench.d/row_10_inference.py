"""One image of 224×224 at a time: cef against torchvision in eager mode and ONNX Runtime, the same random weights."""
import contextlib
import json
import os
import statistics
import subprocess

import inference
import timing

TITLE = "Inference, one image of 224×224"
NETWORKS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
THREADS = (1, 2, 4)
SIDE = 224
DIFFERENCE = 1e-4  # of any output, at most: of torchvision's largest, where that is more than 1
prepare = inference.prepare


def reduced(lab, folder):
    """bf16 where the processor has it, else int8, else nothing."""
    for precision in ("bf16", "int8"):
        with contextlib.suppress(SystemExit), inference.cef(lab, 1) as worker:
            worker.ask(f"load resnet18 {folder}/resnet18.pth {precision} 1 {SIDE} {folder}/resnet18.in {folder}/out")
            return precision
    return None


def load(lab, stack, folder, name, threads, precision):
    """The workers, each with its network ready; what each made of the image."""
    makers = {"cef": lambda: inference.cef(lab, threads), "torchvision": lambda: inference.torchvision(lab, threads)}
    if inference.has_onnx():
        makers["ONNX Runtime"] = lambda: inference.onnx(lab)
    if precision:
        makers[f"cef {precision}"] = makers["cef"]
    workers, outputs, versions = {}, {}, {}
    for who, make in makers.items():
        worker = workers[who] = stack.enter_context(make())
        output = f"{folder}/{name}.out"
        kind = precision if who == f"cef {precision}" else "fp32"
        if who.startswith("cef"):
            answer = worker.ask(f"load {name} {folder}/{name}.pth {kind} {threads} {SIDE} {folder}/{name}.in {output}")
        else:
            answer = worker.ask(f"load {name} {threads} {SIDE} {folder} {output}")
        versions[who] = answer.partition(" ")[2]
        outputs[who] = inference.floats(output)
    return workers, outputs, versions


def in_turn(workers, rounds):
    """Milliseconds of an image, the median of each round, by worker; the first round is thrown away."""
    samples, counts = {who: [] for who in workers}, dict.fromkeys(workers, 3)
    for number in range(rounds + 1):
        for who, worker in workers.items():
            milliseconds = statistics.median(float(word) for word in worker.ask(f"run {counts[who]}").split())
            if number:
                samples[who].append({"wall_s": milliseconds / 1000})
            else:
                counts[who] = max(3, min(20, int(1000 / milliseconds)))
    return samples


def accuracy(lab, precision):
    """Points that each published network loses on real images, by cef's own bench."""
    images, weights = f"{inference.DATA}/cifar10/test_batch.bin", f"{inference.DATA}/resnet-cifar10"
    if not precision or not os.path.exists(images):
        return None
    ran = subprocess.run(
        [lab.cef, "bench", "--dataset", f"cifar10:{images}", "--weights", weights, "--models",
         "resnet20,resnet32,resnet44,resnet56", "--precisions", f"fp32,{precision}", "--images", "9000", "--min-seconds",
         "0", "--min-trials", "2", "--trial-images", "2", "--max-load-change", "1", "--oracle", "--json"],
        env=lab.environment | {"CEF_DATA_DIR": inference.ROOT}, capture_output=True, text=True, check=False)
    try:
        models = json.loads(ran.stdout)["edges"][0]["models"]  # as measured here, not as published
        found = {model["model"]: model["accuracy_percent"] for model in models}
        return {name: (found[name], found[f"{name}:{precision}"]) for name in found if ":" not in name}
    except (ValueError, KeyError) as error:
        raise SystemExit(f"bench: cef bench gave no accuracies ({error!r}): {ran.stderr[-500:]}") from error


def line(name, threads, samples, difference, largest):
    shown = [name, str(threads)]
    for who in ("cef", "torchvision", "ONNX Runtime"):
        shown.append(timing.seconds(timing.median(samples[who])) if who in samples else "–")
    for who in ("torchvision", "ONNX Runtime"):
        shown.append(timing.shown(timing.ratio(samples["cef"], samples[who])) if who in samples else "–")
    quick = next((who for who in samples if who.startswith("cef ")), None)
    shown.append(timing.seconds(timing.median(samples[quick])) if quick else "–")
    shown.append(timing.shown(timing.ratio(samples[quick], samples["torchvision"])) if quick else "–")
    return shown + [f"{difference:.1e} of {largest:.3g}"]


def goals_of(name, threads, samples, before):
    goals = []
    ratio = {who: timing.ratio(samples["cef"], samples[who])["median"] for who in samples}
    if threads > 1:
        goals.append(timing.goal(f"{name}, {threads} threads: cef / torchvision", ratio["torchvision"], 0.6))
    if "ONNX Runtime" in samples:
        goals.append(timing.goal(f"{name}, {threads} threads: cef / ONNX Runtime", ratio["ONNX Runtime"], 1.0))
    for who in samples:
        if who.startswith("cef ") and threads > 1:
            goals.append(timing.goal(f"{name}, {threads} threads: {who} / torchvision",
                                     timing.ratio(samples[who], samples["torchvision"])["median"], 0.35))
    if threads == 2 and 1 in before:
        goals.append(timing.goal(f"{name}: one thread against two, no cliff",
                                 timing.median(before[1]["cef"]) / timing.median(samples["cef"]), 2.5))
    return goals


def measure_one(lab, options, folder, name, precision):
    rows, goals, everything, versions = [], [], {}, {}
    with inference.torchvision(lab, 2) as worker:
        worker.ask(f"make {name} {SIDE} {folder}")
    for threads in THREADS:
        with contextlib.ExitStack() as stack:
            workers, outputs, versions = load(lab, stack, folder, name, threads, precision)
            differences = {who: max(abs(a - b) for a, b in zip(outputs[who], outputs["torchvision"])) for who in outputs}
            largest = max(map(abs, outputs["torchvision"]))
            if differences["cef"] > DIFFERENCE * max(1, largest):
                raise SystemExit(f"bench: cef's {name} differs by {differences['cef']} of {largest} from torchvision's: not exact")
            everything[threads] = in_turn(workers, options.rounds)
        rows.append(line(name, threads, everything[threads], differences["cef"], largest))
        goals += goals_of(name, threads, everything[threads], everything)
    return rows, goals, everything, versions


def measure(lab, options):
    folder = lab.path("inference")
    os.makedirs(folder, exist_ok=True)
    with inference.torchvision(lab, 2) as worker:
        worker.ask(f"make resnet18 {SIDE} {folder}")
    precision = reduced(lab, folder)
    rows = [["network", "threads", "cef", "torchvision", "ONNX Runtime", "cef / torchvision", "cef / ONNX Runtime",
             f"cef {precision}", "the same / torchvision", "largest difference, of the largest output"]]
    goals, everything, versions = [], {}, {}
    for name in NETWORKS[::2] if options.quick else NETWORKS:
        more, some, everything[name], versions = measure_one(lab, options, folder, name, precision)
        rows += more
        goals += some
    tables, notes = [("Time of an image", rows)], ["; ".join(f"{who}: {what}" for who, what in versions.items()) + ".",
        "fp32 unless it says something else; random weights; the largest difference of an output from torchvision's is "
        f"checked in the same run, and the row ends where it is more than {DIFFERENCE} of the largest. Each round 3 to 20 images of each, "
        "one after another, in processes that stay."]
    lost = None if options.quick else accuracy(lab, precision)
    if lost:
        tables.append((f"Accuracy of {precision}, on 9,000 images of CIFAR-10, calibrated on the other 1,000",
                       [["network", "fp32", precision]] +
                       [[name, f"{exact:.2f} %", f"{less:.2f} %"] for name, (exact, less) in lost.items()]))
        goals.append(timing.goal(f"{precision}: accuracy lost at most", max(a - b for a, b in lost.values()), 0.5, "points"))
    if not inference.has_onnx():
        notes.append("ONNX Runtime could not be had: it needs npm and its registry (package onnxruntime-node).")
    return {"tables": tables, "goals": goals, "samples": everything, "notes": notes}
