//! Rust's std, doing what the benchmark asks for. Prints one line of JSON.
//!
//! usage: peer start N | lock N | contended N | wake-event N | wake-lock N | wake-join N |
//! queue N | queue-object N | queue-text N | queue-crowd N
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

fn summary(mut samples: Vec<u64>) -> String {
    samples.sort_unstable();
    let n = samples.len();
    format!("{{\"p50\": {}, \"p99\": {}}}", samples[n / 2], samples[n * 99 / 100])
}

fn start(n: u64) -> String {
    let mut samples: Vec<u64> = (0..n)
        .map(|i| {
            let before = Instant::now();
            black_box(thread::spawn(move || i).join().unwrap());
            before.elapsed().as_nanos() as u64
        })
        .collect();
    samples.sort_unstable();
    format!("{{\"ns\": {}}}", samples[samples.len() / 2])
}

fn lock(n: u64) -> String {
    let a = Mutex::new(0u64);
    let before = Instant::now();
    for _ in 0..n {
        *black_box(&a).lock().unwrap() += 1;
    }
    format!("{{\"ns\": {}}}", before.elapsed().as_nanos() as f64 / n as f64)
}

fn contended(n: u64) -> String {
    let a = Arc::new(Mutex::new(0u64));
    let gate = Arc::new(Barrier::new(2));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (a, gate) = (a.clone(), gate.clone());
            thread::spawn(move || {
                gate.wait();
                let before = Instant::now();
                for _ in 0..n {
                    *black_box(&a).lock().unwrap() += 1;
                }
                (before, Instant::now())
            })
        })
        .collect();
    let stamps: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    let first = stamps.iter().map(|s| s.0).min().unwrap();
    let last = stamps.iter().map(|s| s.1).max().unwrap();
    let elapsed = (last - first).as_nanos() as f64;
    assert_eq!(*a.lock().unwrap(), 2 * n);
    format!("{{\"ns\": {}}}", elapsed / (2 * n) as f64)
}

fn wake_event(n: u64, base: Instant) -> String {
    let samples = (0..n)
        .map(|_| {
            let pair = Arc::new((Mutex::new(false), Condvar::new()));
            let woken = Arc::new(AtomicU64::new(0));
            let (pair2, woken2) = (pair.clone(), woken.clone());
            let t = thread::spawn(move || {
                let mut set = pair2.0.lock().unwrap();
                while !*set {
                    set = pair2.1.wait(set).unwrap();
                }
                woken2.store(base.elapsed().as_nanos() as u64, Ordering::SeqCst);
            });
            thread::sleep(Duration::from_millis(1));
            let before = base.elapsed().as_nanos() as u64;
            *pair.0.lock().unwrap() = true;
            pair.1.notify_all();
            t.join().unwrap();
            woken.load(Ordering::SeqCst) - before
        })
        .collect();
    summary(samples)
}

fn wake_lock(n: u64, base: Instant) -> String {
    let samples = (0..n)
        .map(|_| {
            let a = Arc::new(Mutex::new(()));
            let woken = Arc::new(AtomicU64::new(0));
            let held = a.lock().unwrap();
            let (a2, woken2) = (a.clone(), woken.clone());
            let t = thread::spawn(move || {
                let _held = a2.lock().unwrap();
                woken2.store(base.elapsed().as_nanos() as u64, Ordering::SeqCst);
            });
            thread::sleep(Duration::from_millis(1));
            let before = base.elapsed().as_nanos() as u64;
            drop(held);
            t.join().unwrap();
            woken.load(Ordering::SeqCst) - before
        })
        .collect();
    summary(samples)
}

fn wake_join(n: u64, base: Instant) -> String {
    let samples = (0..n)
        .map(|_| {
            let t = thread::spawn(move || {
                thread::sleep(Duration::from_millis(1));
                base.elapsed().as_nanos() as u64
            });
            let ended = t.join().unwrap();
            base.elapsed().as_nanos() as u64 - ended
        })
        .collect();
    summary(samples)
}

struct Item {
    id: u64,
    name: String,
    done: bool,
}

/// Items through a bounded channel of the standard library, from and to so many threads. It has one consumer; where there
/// are more they share its end under a mutex.
fn through<T: Send + 'static>(n: u64, threads: u64, item: fn(u64) -> T) -> String {
    let (sender, receiver) = sync_channel::<T>(1024);
    let receiver = Arc::new(Mutex::new(receiver));
    let share = n / threads;
    let consumers: Vec<_> = (0..threads)
        .map(|_| {
            let receiver = receiver.clone();
            thread::spawn(move || {
                if threads == 1 {
                    let own = receiver.lock().unwrap();
                    for _ in 0..share {
                        black_box(own.recv().unwrap());
                    }
                } else {
                    for _ in 0..share {
                        black_box(receiver.lock().unwrap().recv().unwrap());
                    }
                }
                Instant::now()
            })
        })
        .collect();
    let producers: Vec<_> = (0..threads)
        .map(|_| {
            let sender = sender.clone();
            thread::spawn(move || {
                let before = Instant::now();
                for i in 0..share {
                    sender.send(item(i)).unwrap();
                }
                before
            })
        })
        .collect();
    let first = producers.into_iter().map(|t| t.join().unwrap()).min().unwrap();
    let last = consumers.into_iter().map(|t| t.join().unwrap()).max().unwrap();
    format!("{{\"ns\": {}}}", (last - first).as_nanos() as f64 / (share * threads) as f64)
}

fn object(i: u64) -> Item {
    let made = Item { id: i, name: String::from("item"), done: false };
    black_box((made.id, &made.name, made.done));
    made
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: u64 = args[2].parse().unwrap();
    let base = Instant::now();
    println!(
        "{}",
        match args[1].as_str() {
            "start" => start(n),
            "lock" => lock(n),
            "contended" => contended(n),
            "wake-event" => wake_event(n, base),
            "wake-lock" => wake_lock(n, base),
            "wake-join" => wake_join(n, base),
            "queue" => through(n, 1, |i| i),
            "queue-object" => through(n, 1, object),
            "queue-text" => through(n, 1, |_| "x".repeat(1024)),
            "queue-crowd" => through(n, 4, |i| i),
            other => panic!("Cannot measure {other}: no such row"),
        }
    );
}
