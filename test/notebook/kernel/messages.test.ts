import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { display, executeReply } from "../../../src/notebook/kernel/messages.ts";

await suite("reading messages", () => {
  test("an execute_reply without status is ok unless it names an error", () => {
    assert.equal(executeReply({}).status, "ok");
    assert.equal(executeReply({ ename: "E", evalue: "v" }).error?.ename, "E");
    assert.equal(executeReply({ status: "abort" }).status, "aborted");
  });

  test("a transient that is null is none", () => {
    assert.equal(display({ data: {}, transient: null }).displayId, undefined);
    assert.equal(display({ data: {}, transient: { display_id: "x" } }).displayId, "x");
  });
});
