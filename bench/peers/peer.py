"""CPython's threading, doing what the benchmark asks for. Prints one line of JSON.

usage: peer.py TASK N; the tasks are named at the end
"""
import concurrent.futures
import json
import queue
import statistics
import sys
import threading
import time



def summary(samples):
    ordered = sorted(samples)
    return {"p50": ordered[len(ordered) // 2], "p99": ordered[len(ordered) * 99 // 100]}


def start(n):
    samples = []
    for i in range(n):
        before = time.perf_counter_ns()
        t = threading.Thread(target=lambda: i)
        t.start()
        t.join()
        samples.append(time.perf_counter_ns() - before)
    return {"ns": statistics.median(samples)}


def lock(n):
    a = threading.Lock()
    before = time.perf_counter_ns()
    for _ in range(n):
        a.acquire()
        a.release()
    return {"ns": (time.perf_counter_ns() - before) / n}


def contended(n):
    a = threading.Lock()
    gate = threading.Barrier(2)
    count = 0
    stamps = []

    def body():
        nonlocal count
        gate.wait()
        stamps.append(time.perf_counter_ns())
        for _ in range(n):
            a.acquire()
            count += 1
            a.release()
        stamps.append(time.perf_counter_ns())

    threads = [threading.Thread(target=body) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    elapsed = max(stamps) - min(stamps)
    assert count == 2 * n
    return {"ns": elapsed / (2 * n)}


def wake_event(n):
    samples = []
    for _ in range(n):
        event = threading.Event()
        woken = []
        t = threading.Thread(target=lambda: (event.wait(), woken.append(time.perf_counter_ns())))
        t.start()
        time.sleep(0.001)
        before = time.perf_counter_ns()
        event.set()
        t.join()
        samples.append(woken[0] - before)
    return summary(samples)


def wake_lock(n):
    samples = []
    for _ in range(n):
        a = threading.Lock()
        a.acquire()
        woken = []
        t = threading.Thread(target=lambda: (a.acquire(), woken.append(time.perf_counter_ns())))
        t.start()
        time.sleep(0.001)
        before = time.perf_counter_ns()
        a.release()
        t.join()
        samples.append(woken[0] - before)
    return summary(samples)


def wake_join(n):
    samples = []
    for _ in range(n):
        ended = []

        def body():
            time.sleep(0.001)
            ended.append(time.perf_counter_ns())

        t = threading.Thread(target=body)
        t.start()
        t.join()
        samples.append(time.perf_counter_ns() - ended[0])
    return summary(samples)


def rlock(n):
    return alone(threading.RLock(), n)


def rlock_nested(n):
    a = threading.RLock()
    with a:
        return alone(a, n)


def semaphore(n):
    return alone(threading.Semaphore(4), n)


def alone(a, n):
    before = time.perf_counter_ns()
    for _ in range(n):
        a.acquire()
        a.release()
    return {"ns": (time.perf_counter_ns() - before) / n}


def together(count, turns, body):
    gate = threading.Barrier(count)
    stamps = []

    def run(index):
        gate.wait()
        stamps.append(time.perf_counter_ns())
        body(index)
        stamps.append(time.perf_counter_ns())

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return {"ns": (max(stamps) - min(stamps)) / turns}


def semaphore_turns(n):
    permits = [threading.Semaphore(1), threading.Semaphore(0)]

    def body(index):
        for _ in range(n):
            permits[index].acquire()
            permits[1 - index].release()

    return together(2, 2 * n, body)


def condition_turns(n):
    changed = threading.Condition(threading.Lock())
    turn = 0

    def body(index):
        nonlocal turn
        for _ in range(n):
            with changed:
                while turn != index:
                    changed.wait()
                turn = 1 - index
                changed.notify()

    return together(2, 2 * n, body)


def barrier(count):
    def task(n):
        meeting = threading.Barrier(count)

        def body(_):
            for _ in range(n):
                meeting.wait()

        return together(count, n, body)

    return task


def increment(n):
    return n + 1


def pool_burst(n):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        pool.submit(increment, 0).result()
        before = time.perf_counter_ns()
        futures = [pool.submit(increment, i) for i in range(n)]
        for future in futures:
            future.result()
        return {"ns": (time.perf_counter_ns() - before) / n}


def pool_single(n):
    samples = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for i in range(n):
            before = time.perf_counter_ns()
            pool.submit(increment, i).result()
            samples.append(time.perf_counter_ns() - before)
    return summary(samples)


def through(count, threads, item):
    q = queue.Queue(1024)
    share = count // threads
    starts, ends = [], []

    def produce():
        starts.append(time.perf_counter_ns())
        for i in range(share):
            q.put(item(i))

    def consume():
        for _ in range(share):
            q.get()
        ends.append(time.perf_counter_ns())

    run = [threading.Thread(target=f) for f in [consume] * threads + [produce] * threads]
    for t in run:
        t.start()
    for t in run:
        t.join()
    return {"ns": (max(ends) - min(starts)) / (share * threads)}


def queue_numbers(n):
    return through(n, 1, lambda i: i)


def queue_objects(n):
    return through(n, 1, lambda i: {"id": i, "name": "item", "done": False})


def queue_texts(n):
    text = "x" * 1024
    return through(n, 1, lambda i: text)


def queue_crowd(n):
    return through(n, 4, lambda i: i)


def shared(body):
    """A body that two threads run at once, on objects that both see; time for each of one thread's steps."""

    def task(n):
        return together(2, n, lambda _: body(n))

    return task


state = {"count": 1, "name": "state"}
words = {f"key{i}": i for i in range(1000)}
numbers = []


def read_property(n):
    s = state
    for _ in range(n):
        s["count"]


def write_property(n):
    s = state
    for i in range(n):
        s["count"] = i


def read_map(n):
    keys = list(words)
    m = words
    for i in range(n):
        m[keys[i % 1000]]


def push_pop(n):
    a = numbers
    for i in range(n):
        a.append(i)
        a.pop()


what, count_of = sys.argv[1], int(sys.argv[2])
todo = {
    "start": start,
    "lock": lock,
    "contended": contended,
    "wake-event": wake_event,
    "wake-lock": wake_lock,
    "wake-join": wake_join,
    "rlock": rlock,
    "rlock-nested": rlock_nested,
    "semaphore": semaphore,
    "semaphore-turns": semaphore_turns,
    "condition-turns": condition_turns,
    "barrier-2": barrier(2),
    "barrier-8": barrier(8),
    "pool-burst": pool_burst,
    "queue": queue_numbers,
    "queue-object": queue_objects,
    "queue-text": queue_texts,
    "queue-crowd": queue_crowd,
    "shared-read": shared(read_property),
    "shared-write": shared(write_property),
    "shared-map": shared(read_map),
    "shared-push": shared(push_pop),
    "pool-single": pool_single,
}
print(json.dumps(todo[what](count_of)))
