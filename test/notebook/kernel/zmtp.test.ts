/** ZMTP in JavaScript beside libzmq, and its reader at every chunk boundary. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Publisher, Router } from "zeromq";
import type { Addresses } from "../../../src/notebook/kernel/transport.ts";
import { connectZmtp } from "../../../src/notebook/kernel/zmtp.ts";
import { encodeFrames, greeting, ready, ZmtpReader } from "../../../src/notebook/kernel/zmtp-frames.ts";
import { folder } from "../../support/program.ts";

const ports = { shell: 1, control: 2, stdin: 3, iopub: 4, hb: 5 };

test("speaks with libzmq over socket files and TCP, whoever is there first, frames of every size", async (t) => {
  const base = join(await folder(t), "k");
  const tcp = { shell: 0, control: 0, stdin: 0, iopub: 0, hb: 0 };
  for (const transport of ["ipc", "tcp"] as const) {
    const shell = new Router();
    const iopub = new Publisher();
    t.after(() => [shell, iopub].forEach((socket) => socket.close()));
    const addresses: Addresses = { transport, ip: transport === "ipc" ? base : "127.0.0.1", ports: { ...tcp } };
    if (transport === "tcp") {
      for (const [socket, channel] of [
        [shell, "shell"],
        [iopub, "iopub"],
      ] as const) {
        await socket.bind("tcp://127.0.0.1:*");
        tcp[channel] = Number(/\d+$/.exec(socket.lastEndpoint ?? "")?.[0]);
      }
    }
    const known: Addresses = { ...addresses, ports: transport === "tcp" ? tcp : ports };
    const seen: { channel: string; frames: readonly Uint8Array[] }[] = [];
    const transports = connectZmtp(known, (channel, frames) => void seen.push({ channel, frames }));
    t.after(() => transports.close());
    const sizes = [0, 1, 255, 256, 70_000, 3_000_000];
    const message = sizes.map((size) => Buffer.alloc(size, size % 251));
    transports.send("shell", message);
    if (transport === "ipc") {
      await shell.bind(`ipc://${base}-${ports.shell}`);
      await iopub.bind(`ipc://${base}-${ports.iopub}`);
    }
    const [identity, ...received] = await shell.receive();
    assert.match(identity?.toString() ?? "", /^[0-9a-f]{16}$/);
    assert.deepEqual(
      received.map((frame) => Buffer.compare(frame, message[received.indexOf(frame)] ?? frame)),
      sizes.map(() => 0),
    );
    await shell.send([identity ?? "", ...message]);
    // A publisher forgets what nobody has subscribed to yet.
    while (!seen.some(({ channel }) => channel === "iopub")) {
      await iopub.send(["topic", "text"]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    while (!seen.some(({ channel }) => channel === "shell")) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(
      seen.find(({ channel }) => channel === "shell")?.frames.map(({ length }) => length),
      sizes,
    );
    assert.deepEqual(seen.find(({ channel }) => channel === "iopub")?.frames.map(String), ["topic", "text"]);
  }
});

test("reads the same messages however the stream is cut", () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(frames, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1 }),
      (messages, cuts) => {
        const stream = Buffer.concat([greeting, ready("SUB"), ...messages.flatMap(encodeFrames)]);
        const seen: number[][][] = [];
        const reader = new ZmtpReader({
          greeted: () => {},
          ready: () => {},
          message: (got) => void seen.push(got.map((frame) => [...frame])),
        });
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const size = cuts[cut % cuts.length] ?? 1;
          assert.ok(reader.take(stream.subarray(at, at + size)));
          at += size;
        }
        assert.deepEqual(
          seen,
          messages.map((message) => message.map((frame) => [...frame])),
        );
      },
    ),
  );
});

test("gives up on what is not ZMTP 3", () => {
  const reader = (): ZmtpReader => new ZmtpReader({ greeted() {}, ready() {}, message() {} });
  assert.equal(
    reader().take(Buffer.from("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")),
    false,
  );
  const plain = Buffer.from(greeting);
  plain.write("PLAIN", 12);
  assert.equal(reader().take(plain), false);
});
