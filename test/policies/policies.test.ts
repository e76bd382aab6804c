import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { folder, root, run } from "../support/program.ts";
import { venvOrSkip } from "../support/venv.ts";

/** A job file that uses all there is, key by key. */
const everything = {
  noteBook: "oci://code@mytenancy/basics.ipynb",
  outputFolder: "oci://results@mytenancy/basics/${JOB_RUN_OCID}/",
  compartmentId: "ocid1.compartment.oc1..job",
  projectId: "ocid1.datascienceproject.oc1.iad.project",
  logGroupId: "ocid1.loggroup.oc1.iad.group",
  inputs: { data: "oci://datasets@mytenancy/cifar/" },
  environment: {
    conda: "oci://envs@mytenancy/pytorch",
    secrets: { A: "ocid1.vaultsecret.oc1.iad.secret", B: "vault:ocid1.vault.oc1.iad.vault/named" },
  },
  infrastructure: {
    image: "iad.ocir.io/mytenancy/team/nbjob:1",
    subnetId: "ocid1.subnet.oc1.iad.subnet",
    mounts: [
      { location: "oci://mounted@mytenancy/", path: "/mnt/data" },
      {
        mountTargetId: "ocid1.mounttarget.oc1.iad.target",
        exportId: "ocid1.export.oc1.iad.export",
        path: "/mnt/files",
      },
    ],
  },
  schedule: { cron: "0 2 * * *" },
};

type Job = Readonly<Record<string, unknown>>;

interface Report {
  readonly dynamicGroups: readonly { readonly name: string; readonly matchingRule: string }[];
  readonly statements: readonly { readonly statement: string; readonly why: string }[];
  readonly placeholders: readonly string[];
}

async function policies(t: Parameters<typeof folder>[0], job: Job, ...options: readonly string[]): Promise<Report> {
  const dir = await folder(t, { "job.yaml": JSON.stringify(job) });
  const { code, stdout, stderr } = await run(["policies", "job.yaml", "--json", ...options], { cwd: dir });
  assert.equal(code, 0, stderr);
  // The program's own answer; every part that is used is asserted on.
  return JSON.parse(stdout) as Report;
}

/** A small grammar of policy statements: enough to know that each is one. */
const name = "[\\w.@-]+|'[^']+'|<[^<>']+>";
const value = "'(?:[\\w.:/-]+|<[^<>']+>)'";
const condition = `[a-zA-Z_.]+ ?= ?${value}`;
const conditions = `(?:${condition}|ALL \\{${condition}(?:, ${condition})+\\})`;
const subject = `(?:any-user|service datascience|(?:dynamic-group|group) (?:${name}))`;
const action = "(?:(?:inspect|read|use|manage) [a-z-]+|\\{[A-Z_]+(?:, [A-Z_]+)*\\})";
const scope = "(?:tenancy|compartment id (?:ocid1\\.compartment\\.[\\w.-]+|<[^<>']+>))";
const statement = new RegExp(`^Allow ${subject} to ${action} in ${scope}(?: where ${conditions})?$`);
const rule = new RegExp(`^ALL \\{${condition}(?:, ${condition})+\\}$`);

function assertWhole({ statements, dynamicGroups, placeholders }: Report): void {
  for (const { statement: text, why } of statements) {
    assert.match(text, statement);
    assert.match(why, /^[^\n]+[.)]$/);
  }
  for (const { matchingRule } of dynamicGroups) assert.match(matchingRule, rule);
  // Every group that is named is made.
  const named = statements.flatMap(({ statement: text }) => /^Allow dynamic-group (\S+)/.exec(text)?.[1] ?? []);
  const made = dynamicGroups.map((group) => group.name);
  assert.deepEqual(
    named.filter((group) => !made.includes(group)),
    [],
  );
  const blanks = [...JSON.stringify([statements, dynamicGroups]).matchAll(/<[^<>]+>/g)].map(([blank]) => blank);
  assert.deepEqual(new Set(blanks), new Set(placeholders));
}

test("statements are whole, in least and in broad", async (t) => {
  for (const options of [[], ["--broad"], ["--group", "data scientists", "--name", "ml"]] as const) {
    for (const schedule of [undefined, { every: "day" }, { every: "day", with: "data-science" }]) {
      assertWhole(await policies(t, { ...everything, schedule }, ...options));
    }
  }
});

test("each part of a job file brings its statements, and takes them away", async (t) => {
  const texts = async (job: Job): Promise<readonly string[]> =>
    (await policies(t, job)).statements.map(({ statement: text }) => text);
  const all = await texts(everything);
  const { environment, infrastructure } = everything;
  const { conda, secrets } = environment;
  const { image, mounts, subnetId } = infrastructure;
  const without = (change: Job): Job => ({ ...everything, ...change });
  for (const [job, ...gone] of [
    [without({ noteBook: "https://example.com/a.ipynb" }), "bucket.name='code'"],
    [
      without({ noteBook: undefined, git: { url: "https://example.com/a.git" }, entrypoint: "a.py" }),
      "bucket.name='code'",
    ],
    [without({ inputs: {} }), "bucket.name='datasets'"],
    [without({ environment: { secrets } }), "bucket.name='envs'"],
    [without({ environment: { conda } }), "secret.id='ocid1.vaultsecret.oc1.iad.secret'", "secret.name='named'"],
    [without({ outputFolder: "out/" }), "bucket.name='results'"],
    [without({ infrastructure: { subnetId, mounts } }), "repo.name='team/nbjob'"],
    [without({ infrastructure: { image, mounts } }), "virtual-network-family", "service datascience"],
    [without({ infrastructure: { image, subnetId } }), "bucket.name='mounted'", "file-family"],
    [without({ schedule: undefined }), "disworkspace", "manage dis-workspaces"],
    [without({ logGroupId: undefined }), "log-content", "log-groups"],
    [without({ logId: "ocid1.log.oc1.iad.log" }), "manage log-groups"],
  ] as const) {
    const left = await texts(job);
    for (const words of gone) {
      assert.ok(
        all.some((text) => text.includes(words)),
        words,
      );
      assert.ok(!left.some((text) => text.includes(words)), words);
    }
  }
});

test("a job run may do no more than the job file says", async (t) => {
  const { statements } = await policies(t, everything);
  const runs = statements.map(({ statement: text }) => text).filter((text) => text.includes("nbjob-job-runs"));
  const bare = runs.filter((text) => !text.includes(" where "));
  assert.deepEqual(
    bare.map((text) => /to (.*) in/.exec(text)?.[1]),
    ["use file-family"],
  );
  const managed = runs.flatMap((text) => /to manage (\S+) .*'(.*)'/.exec(text)?.slice(1).join(" ") ?? []);
  assert.deepEqual(managed, ["objects results", "objects mounted", `log-groups ${everything.logGroupId}`]);
});

test("broad statements are the posts' own", async (t) => {
  const { statements } = await policies(t, everything, "--broad");
  const texts = statements.map(({ statement: text }) => text);
  for (const family of ["data-science-family", "object-family", "log-groups", "log-content"]) {
    const rest = `to manage ${family} in compartment id ${everything.compartmentId} where`;
    assert.ok(texts.includes(`Allow any-user ${rest} request.principal.type='datasciencejobrun'`));
    const workspace =
      "request.principal.type='disworkspace', request.principal.id='<OCID of the Data Integration workspace>'";
    assert.ok(texts.includes(`Allow any-user ${rest} ALL {${workspace}}`));
  }
});

test("what the command line says fills the blanks", async (t) => {
  const compartment = "ocid1.compartment.oc1..all";
  const { placeholders } = await policies(
    t,
    { ...everything, schedule: undefined },
    "--group",
    "us",
    "--compartment",
    compartment,
  );
  assert.deepEqual(placeholders, []);
  for (const option of ["--compartment=mine", "--group=a'b", "--name=1"]) {
    const { code, stderr } = await run(["policies", "jobs/hello.yaml", option], { cwd: root });
    assert.equal(code, 64, stderr);
  }
});

/** Set NBJOB_TEST_GOLDEN=write to make them anew. */
for (const [sample, job] of [["hello"], ["count"], ["everything", everything]] as const) {
  test(`the text for ${sample} is as it was`, async (t) => {
    const dir = await folder(t, job === undefined ? {} : { "job.yaml": JSON.stringify(job) });
    const file = job === undefined ? join(root, "jobs", `${sample}.yaml`) : join(dir, "job.yaml");
    const { stdout, stderr } = await run(["policies", file]);
    const golden = join(root, "test/policies/golden", `${sample}.txt`);
    if (process.env["NBJOB_TEST_GOLDEN"] === "write") await writeFile(golden, stdout);
    assert.equal(stdout, await readFile(golden, "utf8"), stderr);
  });
}

test("the commands of docs/policies.md", async () => {
  const page = await readFile(join(root, "docs/policies.md"), "utf8");
  const commands = [...page.matchAll(/^\.\/nbjob (.+)$/gm)].map(([, words = ""]) => words.split(" "));
  assert.ok(commands.length > 3);
  for (const words of commands) assert.equal((await run(words, { cwd: root })).code, 0, words.join(" "));
});

const reader = `
import hcl2, io, json, sys
print(json.dumps([hcl2.load(io.StringIO(text)) for text in json.load(sys.stdin)]))
`;

interface Hcl {
  readonly resource: readonly unknown[];
  readonly variable: readonly Readonly<Record<string, unknown>>[];
}

test("Terraform reads the same statements", async (t) => {
  const python = await venvOrSkip(t, "spec");
  if (python === undefined) return;
  const hard = { ...everything, jobName: 'a "${b}" %{c} \\ d', schedule: { every: "day", with: "data-science" } };
  const dir = await folder(t, { "everything.yaml": JSON.stringify(everything), "hard.yaml": JSON.stringify(hard) });
  const texts = [];
  for (const file of ["everything.yaml", "hard.yaml"]) {
    const { code, stdout, stderr } = await run(["policies", file, "--terraform"], { cwd: dir });
    assert.equal(code, 0, stderr);
    texts.push(stdout);
  }
  const { stdout } = await execa(python, ["-c", reader], { input: JSON.stringify(texts) });
  // The judge's own output.
  const parsed = JSON.parse(stdout) as readonly Hcl[];
  for (const [index, { resource, variable }] of parsed.entries()) {
    const { statements, dynamicGroups } = await policies(t, index === 0 ? everything : hard);
    const written = JSON.stringify(resource);
    assert.equal(resource.length, dynamicGroups.length + 1);
    const declared = variable.flatMap((each) => Object.keys(each).map((key) => key.replaceAll('"', "")));
    const used = [...written.matchAll(/var\.(\w+)/g)].map(([, key]) => key);
    assert.deepEqual(new Set(used), new Set(declared));
    for (const { statement: text } of statements) {
      const blank = text.replaceAll(
        /<([^<>]+)>/g,
        (_, what: string) => `\${var.${what.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_")}}`,
      );
      assert.ok(written.includes(JSON.stringify(blank).slice(1, -1)), blank);
    }
  }
});
