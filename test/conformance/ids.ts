// What CPython's own tests check, by number. `threading`: LK locks, TH threads, TL locals, TR `_thread`, TS signals.
// `queue`: QU. `concurrent.futures`: CE executors, CT their threads, CF futures, CW wait, CA as_completed, CS shutdown,
// CN initializers, CD deaths, CP process pools. MP: `multiprocessing`. TC: context variables.
// A test that covers one names it in its title, and test/house/ids.test.ts sees to it that each is covered.

/** The ids that heddle claims, by group: single numbers and ranges. */
export const CLAIMED: Readonly<Record<string, string>> = {
  LK: "1-17 19-32 34-68",
  TH: "2-5 7-11 14 17-24 27 32-35 41-50 52-53 56-57 60 62 66-72 77 79-80 82-87 90-100 108-111",
  TL: "1-2 4-8",
  TR: "1-13 15 17",
  TS: "1 6",
  QU: "1-33 36",
  CE: "1-19",
  CT: "1-4 7",
  CF: "1-20",
  CW: "1-9",
  CA: "1-5",
  CS: "1-14",
  CN: "1-2",
  CD: "1-16",
  TC: "1",
  MP: "1-26 28-127 139-177",
  CP: "2-11 13-21 23-26",
};

/** What CPython checks and heddle cannot or does not mean to do, and why. */
export const DECLINED: Readonly<Record<string, string>> = {
  "LK18 LK33": "fork",
  "TH1 TH6": "about Python's import cost and type unions",
  "TH12 TH13": "an error cannot be injected into running JavaScript; interrupt() reaches every blocking call",
  "TH15 TH16 TH36 TH63 TH73-76 TH78": "about CPython's own inside",
  "TH25 TH26 TH28-31 TH51 TH54 TH55 TH58 TH59 TR18": "fork",
  "TH37-40": "settrace and setprofile: there is no such hook in JavaScript",
  "TH61 TH64 TH65": "subinterpreters and their configuration",
  TH81: "every thread that runs heddle has a Thread, so the excepthook always gets one",
  "TH88 TH89": "skipped by CPython, too",
  TH101: "carriers are shared by threads of different names, and a worker's name is given when it starts",
  "TH102-107": "renaming the system's thread, interrupt_main: there is no such call in JavaScript",
  "TL3 TL9-11": "about CPython's garbage collector and C code",
  "TR14 TR16": "private calls of _thread",
  "QU34-35": "about CPython's own inside",
  "CT5-6": "fork",
  CF21: "a private call",
  TC2: "what an AsyncLocalStorage holds is its isolate's own: a thread begins with an empty context, and is given what it needs",
  CP1: "a limit of Windows",
  CP12: "one start method: every pool spawns",
  CP22: "a private call of CPython's",
  MP27: "there is no feeder thread, so no hook for its errors: put() itself throws",
  "MP128-135":
    "multiprocessing.shared_memory: Node cannot map memory that another process has; Value and Array share numbers",
  "MP136-138": "ShareableList lives in such memory; Manager.list() is a list that processes share",
  "TS2-5": "no JavaScript handler runs while its thread is blocked; interrupt() ends a blocked call",
};

/** `LK 1-3 7` as the ids in it. */
export function idsOf(group: string, ranges: string): string[] {
  return ranges.split(" ").flatMap((range) => {
    const [first, last] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => idOf(group, first + i));
  });
}

/** At least two digits; three in MP. */
function idOf(group: string, number: number): string {
  return `${group}${String(number).padStart(group === "MP" ? 3 : 2, "0")}`;
}

/** Every id of {@link DECLINED}. */
export function declined(): string[] {
  return Object.keys(DECLINED).flatMap((ids) =>
    ids.split(" ").flatMap((id) => idsOf(id.slice(0, 2), id.slice(2))),
  );
}
