import { Refusal } from "../http/refusal.ts";

export function namespaceNotFound(): Refusal {
  return new Refusal(
    404,
    "NamespaceNotFound",
    "You do not have authorization to perform this request, or the requested resource could not be found.",
  );
}

export function bucketNotFound(bucket: string, namespace: string): Refusal {
  return new Refusal(
    404,
    "BucketNotFound",
    `Either the bucket named '${bucket}' does not exist in the namespace '${namespace}' or you are not authorized to access it`,
  );
}

export function bucketAlreadyExists(bucket: string, namespace: string): Refusal {
  return new Refusal(
    409,
    "BucketAlreadyExists",
    `Either the bucket "${bucket}" in namespace "${namespace}" already exists or you are not authorized to create it`,
  );
}

export function bucketNotEmpty(bucket: string): Refusal {
  return new Refusal(409, "BucketNotEmpty", `Bucket named '${bucket}' is not empty. Delete all objects first.`);
}

export function preauthenticatedRequestStillExists(bucket: string): Refusal {
  return new Refusal(
    409,
    "PreauthenticatedRequestStillExists",
    `The bucket named '${bucket}' still has pre-authenticated requests. Delete them first.`,
  );
}

export function objectNotFound(object: string, bucket: string): Refusal {
  return new Refusal(404, "ObjectNotFound", `The object '${object}' was not found in the bucket '${bucket}'`);
}

export function uploadNotFound(): Refusal {
  return new Refusal(404, "UploadNotFound", "The multipart upload does not exist, was committed or was aborted.");
}

export function ifMatchFailed(): Refusal {
  return new Refusal(412, "IfMatchFailed", "The entity tag given in if-match is not the current one.");
}

export function ifNoneMatchFailed(): Refusal {
  return new Refusal(
    412,
    "IfNoneMatchFailed",
    "The resource already exists, or has the entity tag given in if-none-match.",
  );
}

export function unmatchedDigest(header: string, name: string, computed: string, claimed: string): Refusal {
  const code = { "content-md5": "UnmatchedContentMD5" }[header] ?? `Unmatched${name.replaceAll("-", "")}`;
  return new Refusal(
    400,
    code,
    `The computed ${name.replace("Content-", "")} of the request body (${computed}) does not match the ${name} header (${claimed})`,
  );
}

/** 400 with a code of Object Storage's own. */
export function badRequest(code: string, message: string): Refusal {
  return new Refusal(400, code, message);
}
