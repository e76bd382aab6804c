/**
 * What a REST task looks at while it waits, in Data Integration's expression language: `SYS.RESPONSE_STATUS` and
 * `SYS.RESPONSE_PAYLOAD` are of the last poll.
 */

/**
 * Every state that a job run does not leave by itself. The published tasks know the first two alone, and poll a canceled run
 * until they give up. `NEEDS_ATTENTION` waits for a person, who cannot be waited for.
 */
const finalStates = ["SUCCEEDED", "FAILED", "CANCELED", "DELETED", "NEEDS_ATTENTION"] as const;

const state = "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String)";

/** Polling goes on while this is true. */
export const pollCondition = finalStates.map((each) => `${state} != '${each}'`).join(" AND ");

/** Looked at once polling has ended. 300 is a redirect, not a success. */
export const successCondition = `SYS.RESPONSE_STATUS >= 200 AND SYS.RESPONSE_STATUS < 300 AND ${state} == 'SUCCEEDED'`;

/** The job run's OCID, from the answer to the call that started it. */
export const jobRunId = "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.id') AS String)";
