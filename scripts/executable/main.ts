/** What the single executable runs first: the program, from its own assets, with what an earlier run had compiled of it. */
import { getRawAsset } from "node:sea";
import { start } from "./program.ts";

const cache = Buffer.from(getRawAsset("nbjob.cache"));
// Empty where it was made on another kind of machine.
start(Buffer.from(getRawAsset("nbjob.cjs")), cache.length === 0 ? undefined : cache, require);
