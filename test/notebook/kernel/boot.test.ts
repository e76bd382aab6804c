import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { bootableModule } from "../../../src/notebook/kernel/boot.ts";

await suite("command lines that can be booted", () => {
  for (const [line, module] of Object.entries({
    "python -m ipykernel_launcher -f x": "ipykernel_launcher",
    "/opt/bin/python3.11 -Xfrozen_modules=off -m ipykernel_launcher -f x": "ipykernel_launcher",
    "python3 -m bash_kernel -f x": "bash_kernel",
    "python -c x -m ipykernel_launcher": undefined,
    "python script.py -m ipykernel_launcher": undefined,
    "env python -m ipykernel_launcher": undefined,
    "mypython -m ipykernel_launcher": undefined,
    "python -m": undefined,
    "R --args -m x": undefined,
  }))
    test(line, () => {
      assert.equal(bootableModule(line.split(" ")), module);
    });
});
