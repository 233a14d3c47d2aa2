"""What CPython's multiprocessing needs: processes.py TASK N [SIZE]; prints JSON."""
import json
import multiprocessing as mp
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def nothing():
    pass


def same(x):
    return x


def start(method, n):
    context = mp.get_context(method)
    samples = []
    for _ in range(n):
        began = time.perf_counter()
        process = context.Process(target=nothing)
        process.start()
        process.join()
        samples.append(time.perf_counter() - began)
    return {"ms": statistics.median(samples) * 1e3}


def echo(end):
    try:
        while True:
            end.send(end.recv())
    except EOFError:
        pass


def pipe(n, size):
    here, there = mp.Pipe()
    process = mp.get_context("fork").Process(target=echo, args=(there,))
    process.start()
    there.close()
    value = bytes(size)

    def back_and_forth():
        for _ in range(n):
            here.send(value)
            here.recv()

    back_and_forth()
    began = time.perf_counter()
    back_and_forth()
    took = time.perf_counter() - began
    process.kill()
    process.join()
    return {"us": took / n * 1e6}


def tasks(n):
    with ProcessPoolExecutor(2) as pool:
        pool.submit(same, 1).result()
        began = time.perf_counter()
        for future in [pool.submit(same, i) for i in range(n)]:
            future.result()
        return {"us": (time.perf_counter() - began) / n * 1e6}


def lock(n):
    held = mp.Lock()
    began = time.perf_counter()
    for _ in range(n):
        held.acquire()
        held.release()
    return {"us": (time.perf_counter() - began) / n * 1e6}


if __name__ == "__main__":
    task, n = sys.argv[1], int(sys.argv[2])
    tasks_by_name = {
        "spawn": lambda: start("spawn", n),
        "fork": lambda: start("fork", n),
        "tasks": lambda: tasks(n),
        "lock": lambda: lock(n),
    }
    if task.startswith("pipe"):
        result = pipe(n, int(task[4:]))
    else:
        result = tasks_by_name[task]()
    print(json.dumps(result))
