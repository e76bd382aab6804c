import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Message } from "../../../src/notebook/kernel/connection.ts";
import { FloodGauge } from "../../../src/notebook/kernel/flood-gauge.ts";

await suite("the gauge of floods", () => {
  const at = (milliseconds: number): Message => {
    const header = {
      msg_id: "",
      msg_type: "stream",
      session: "",
      username: "",
      version: undefined,
      date: new Date(milliseconds).toISOString(),
    };
    return { channel: "iopub", header, parent_header: undefined, metadata: {}, content: {}, buffers: [] };
  };

  test("rises with more than 1,000 messages in a second of the kernel's own time", () => {
    const [slow, fast] = [new FloodGauge(), new FloodGauge()];
    for (let n = 0; n < 3_000; n++) {
      slow.count(at(n * 2));
      fast.count(at(n / 2));
    }
    assert.deepEqual([slow.flooded, fast.flooded], [false, true]);
  });
});
