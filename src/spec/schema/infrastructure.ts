import * as z from "zod/mini";
import {
  amount,
  duration,
  keys,
  list,
  location,
  mapOf,
  ocid,
  optional,
  required,
  text,
  textual,
  wholeNumber,
} from "./types.ts";

const choice = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, { error: `one of ${values.join(", ")}` });

const digestWords = "an image digest, as in sha256:… with 64 hexadecimal digits";
const folderWords = "an absolute path, as in /mnt/data";
const folder = () => z.string({ error: folderWords }).check(z.regex(/^\/[^\0]*[^/\0][^\0]*$/, { error: folderWords }));

const tags = keys({
  freeform: optional(mapOf(textual(), "a map of tags"), "Freeform tags of the job and its runs."),
  defined: optional(
    mapOf(mapOf(textual(), "a map of tags"), "a map of tag namespaces"),
    "Defined tags, by namespace, of the job and its runs.",
  ),
});

const mount = keys({
  location: optional(location(), "Bucket, and prefix in it, to mount: oci://bucket@namespace/prefix/."),
  mountTargetId: optional(ocid("mounttarget"), "Mount target of the File Storage file system to mount."),
  exportId: optional(ocid("export"), "Export of the File Storage file system to mount."),
  path: required(folder(), "Where it is mounted."),
});

/** Limits are those of the service (reference: jobs and job runs); shapes and quotas are checked when launching. */
export const infrastructure = keys({
  image: optional(text("an image, as in iad.ocir.io/tenancy/name:tag"), "Container image that the job runs in."),
  imageDigest: optional(
    z.string({ error: digestWords }).check(z.regex(/^sha256:[0-9a-f]{64}$/, { error: digestWords })),
    "Digest that the image must have.",
  ),
  imageSignatureId: optional(ocid("containerimagesignature"), "Signature that the image must have."),
  entrypoint: optional(list(textual(), "a list of texts"), "Replaces the image's ENTRYPOINT."),
  command: optional(list(textual(), "a list of texts"), "Replaces the image's CMD."),
  shape: optional(text("a shape's name, as in VM.Standard.E4.Flex"), "Compute shape."),
  ocpus: optional(amount(0.1, 1024), "OCPUs of a Flex shape."),
  memoryInGBs: optional(amount(0.1, 16_384), "Memory of a Flex shape."),
  cpuBaseline: optional(choice("BASELINE_1_8", "BASELINE_1_2", "BASELINE_1_1"), "Burstable baseline of a Flex shape."),
  blockStorageInGBs: optional(wholeNumber(50, 10_240), "Size of the block volume."),
  networking: optional(choice("managed", "custom"), "Managed networking, or custom, which needs subnetId."),
  subnetId: optional(ocid("subnet"), "Subnet of custom networking."),
  mounts: optional(
    list(mount, "a list of mounts").check(z.maxLength(5, { error: "at most 5 mounts" })),
    "Buckets and file systems mounted in the container.",
  ),
  maximumRuntime: optional(duration(), "How long OCI lets a run take, in whole minutes; at most 30d."),
  startupProbe: optional(
    keys({
      command: required(list(textual(), "a list of texts"), "Command that succeeds once the container is up."),
      period: optional(duration(), "Time between two tries."),
      failureThreshold: optional(wholeNumber(1, 10_000), "Tries that may fail."),
      initialDelay: optional(duration(0), "Time before the first try."),
    }),
    "Check that the container has come up.",
  ),
  nodes: optional(
    keys({
      replicas: required(wholeNumber(1, 1024), "How many nodes."),
      minimumSuccess: optional(wholeNumber(1, 1024), "Nodes that must succeed; default all."),
      startupOrder: optional(choice("IN_ORDER", "IN_PARALLEL"), "Whether the first node starts before the others."),
      name: optional(text(), "Name of the node group; default node-group."),
    }),
    "Runs the job on several nodes.",
  ),
  computeTarget: optional(
    keys({
      id: required(ocid(), "Managed compute cluster."),
      ocpus: required(amount(0.1, 1024), "OCPUs asked for."),
      memoryInGBs: required(amount(0.1, 16_384), "Memory asked for."),
      gpus: optional(wholeNumber(0, 1024), "GPUs asked for."),
      ocpusLimit: optional(amount(0.1, 1024), "Most OCPUs."),
      memoryInGBsLimit: optional(amount(0.1, 16_384), "Most memory."),
    }),
    "Runs the job on a managed compute cluster in place of a shape.",
  ),
  description: optional(text(), "Description of the job."),
  tags: optional(tags, "Tags of the job and its runs."),
});

export type InfrastructureDocument = z.infer<typeof infrastructure>;
