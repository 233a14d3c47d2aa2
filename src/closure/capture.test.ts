import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureError } from "../errors.ts";
import { discard, store, take } from "../value/message.ts";
import { setOriginShortcuts } from "../value/origin.ts";
import "./index.ts";

/** The text of the CaptureError that storing a value throws. */
function refusal(value: unknown): string {
  try {
    discard(store(value, "the body"));
  } catch (error) {
    assert(error instanceof CaptureError, String(error));
    assert.equal(error.code, "ERR_HEDDLE_CAPTURE");
    return error.message;
  }
  throw new assert.AssertionError({ message: "the value was stored" });
}

let count = 0;
let total = 0;
function helper(): void {
  total += 1;
}

test("capture() refuses a body that assigns a captured variable, with place and fix", () => {
  const text = refusal(function increment(): void {
    count++;
  });
  assert.match(
    text,
    /^Cannot send the body: increment assigns the captured variable count \(.*capture\.test\.js:\d+:\d+\)/,
  );
  assert.match(text, /shared\(\{ count: 0 \}\)/);
  assert.match(text, /AtomicInt/);
});

test("capture() looks for assignments in inner and in other functions", () => {
  assert.match(
    refusal(() => [1].forEach(() => (count = 2))),
    /assigns the captured variable count/,
  );
  assert.match(
    refusal(() => ({ count } = { count: 1 })),
    /assigns the captured variable count/,
  );
  assert.match(
    refusal(() => {
      for (count of [1]);
    }),
    /assigns the captured variable count/,
  );
  assert.match(
    refusal(function work() {
      helper();
    }),
    /work → helper assigns the captured variable total/,
  );
});

test("capture() lets a body assign variables of its own", () => {
  const body = (): number => {
    let own = 0;
    const step = (): void => void own++;
    step();
    return own;
  };
  assert.equal((take(store(body, "the body")) as typeof body)(), 1);
});

test("capture() tells a parameter from a captured variable of the same name", () => {
  const body = (count: number, { total } = { total: 1 }): number => {
    count++;
    total += count;
    try {
      throw total;
    } catch (error) {
      return error as number;
    }
  };
  assert.equal((take(store(body, "the body")) as typeof body)(1), 3);
  setOriginShortcuts(false);
  try {
    assert.equal((take(store(body, "the body")) as typeof body)(1), 3);
  } finally {
    setOriginShortcuts(true);
  }
});

test("capture() names the path to what cannot cross", () => {
  class Connection extends EventTarget {}
  const client = { socket: new Connection() };
  assert.match(
    refusal(function handler() {
      return client;
    }),
    /^Cannot send the body: handler → client → socket is a Connection, which/,
  );
});

test("capture() refuses instances with #private members", () => {
  class Account {
    #balance = 1;
    balance(): number {
      return this.#balance;
    }
  }
  class Savings extends Account {}
  const saved = new Savings();
  assert.match(refusal({ account: new Account() }), /account is an Account, whose private member #balance/);
  assert.match(
    refusal(() => new Savings().balance() && saved),
    /saved is a Savings, whose private member #balance/,
  );
});

test("capture() refuses what only makes sense in its place", () => {
  class Place extends Object {
    value = 1;
    readonly arrow = (): number => this.value;
    #hidden = 2;
    peek(): (other: Place) => number {
      return (other) => other.#hidden;
    }
    method(): number {
      return super.valueOf() as number;
    }
  }
  const place = new Place();
  assert.match(refusal(place.arrow), /arrow function that uses the `this` around it .*const self = this/);
  assert.match(refusal(place.peek()), /private member #hidden of the class around it/);
  assert.match(refusal(place.method), /uses `super`/);
  function around(): unknown {
    return () => arguments[0] as unknown;
  }
  assert.match(refusal(around()), /`arguments` of the function around it/);
});

test("capture() refuses bound and native functions", () => {
  assert.match(refusal(helper.bind(null)), /bound function.*arrow function/);
  assert.match(refusal(new Intl.Collator().compare), /native function/);
});

test("capture() reads variables as they are at each start", () => {
  const body = (): number => count;
  setOriginShortcuts(false);
  try {
    for (count of [1, 2]) assert.equal((take(store(body, "the body")) as typeof body)(), count);
  } finally {
    setOriginShortcuts(true);
    count = 0;
  }
});

test("capture() survives a `debugger` statement in the program", () => {
  const body = (): number => {
    // oxlint-disable-next-line no-debugger -- it must not stop the thread
    debugger;
    return 1;
  };
  discard(store(body, "the body"));
  assert.equal(body(), 1);
});
