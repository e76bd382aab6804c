import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { findTcp, findUnix } from "../../../src/notebook/kernel/endpoint.ts";

await suite("seeing whether a kernel listens", () => {
  test("in /proc/net/unix", () => {
    const table = `Num       RefCount Protocol Flags    Type St Inode Path
000000007ee36910: 00000002 00000000 00010000 0001 01  6385 /tmp/a b/s-2
00000000f718bd74: 00000003 00000000 00000000 0001 03  5065 /tmp/x/s-2
00000000aa88250a: 00000003 00000000 00000000 0001 03 818856
00000000aa88250b: 00000002 00000000 00010000 0001 01 77 /tmp/x/s-2
`;
    assert.equal(findUnix(table, "/tmp/a b/s-2"), "6385");
    assert.equal(findUnix(table, "/tmp/x/s-2"), "77");
    assert.equal(findUnix(table, "/tmp/x/s"), undefined);
    assert.equal(findUnix("", "/tmp/x/s"), undefined);
  });

  test("in /proc/net/tcp", () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 0100007F:07E8 01 00000000:00000000 00:00000000 00000000     0        0 520 1 00000000cb684eb3 100 0 0 10 0
  11: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 521 1 00000000cb684eb3 100 0 0 10 0
`;
    assert.equal(findTcp(table, 8080), "521");
    assert.equal(findTcp(table, 2024), undefined);
  });
});
