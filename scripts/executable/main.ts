/** What the single executable runs first: the program, from its own assets, with what an earlier run had compiled of it. */
import { getRawAsset } from "node:sea";
import { start } from "./program.ts";

start(Buffer.from(getRawAsset("nbjob.cjs")), Buffer.from(getRawAsset("nbjob.cache")), require);
