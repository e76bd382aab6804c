import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Where the certificate lies, for NODE_EXTRA_CA_CERTS. */
  readonly path: string;
}

/** A new self-signed certificate for 127.0.0.1, made by openssl in a folder. */
export async function makeCertificate(folder: string, name = "IP:127.0.0.1"): Promise<Certificate> {
  const key = join(folder, "tls-key.pem");
  const path = join(folder, "tls-cert.pem");
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=nbjob test"];
  await promisify(execFile)("openssl", [...request, "-addext", `subjectAltName=${name}`, "-keyout", key, "-out", path]);
  return { key: await readFile(key, "utf8"), cert: await readFile(path, "utf8"), path };
}
