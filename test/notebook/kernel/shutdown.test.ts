import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitForExit } from "../../../src/notebook/kernel/shutdown.ts";

await suite("the exit of a kernel that was asked to shut down", () => {
  const grace = 60_000;

  test("is not hurried because it once seemed to be done, as when Linux leaves a socket out of its table", async () => {
    let looks = 0;
    const done = (): boolean => looks++ % 4 !== 0;
    assert.equal(await waitForExit({ exited: sleep(2_500), grace, done, reading: () => undefined }), "exited");
    assert.ok(looks > 4);
  });

  test("is waited for no longer than a second once it is done", async () => {
    const exited = new Promise<never>(() => undefined);
    assert.equal(await waitForExit({ exited, grace, done: () => true, reading: () => undefined }), "stalled");
  });
});
