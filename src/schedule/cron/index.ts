/** When a schedule runs: cron as people write it, Data Integration's frequencies, and the next times. */
export { parseCron } from "../../spec/cron/parse.ts";
export { customExpression, frequencyOf } from "./frequency.ts";
export { nextRuns } from "./next-runs.ts";
export { boundsOf, cronOf, timezoneOf, type Timing } from "./timing.ts";
export { wallText } from "./zone.ts";
