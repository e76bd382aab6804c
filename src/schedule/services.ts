import type { DataIntegration } from "../oci/dataintegration/client.ts";
import type { DataScience } from "../oci/datascience/client.ts";
import type { Schedules } from "../oci/datascience/schedules.ts";

/** What schedules are made with. */
export interface Services {
  readonly integration: DataIntegration;
  readonly schedules: Schedules;
  readonly science: DataScience;
  /** Data Science's endpoint, which tasks call. */
  readonly scienceEndpoint: string;
  readonly now: () => Date;
}
