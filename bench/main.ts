/** `npm run bench [NAME...]`: every benchmark, or those named; each prints a table. They take minutes, and want a quiet machine. */
const benches: Readonly<Record<string, () => Promise<string>>> = {
  startup: async () => (await import("./startup.ts")).startup(),
  notebooks: async () => (await import("./notebooks.ts")).notebooks(),
  image: async () => (await import("./image.ts")).image(),
  watch: async () => (await import("./watch.ts")).watch(),
  transfer: async () => (await import("./transfer.ts")).transfer(),
};

const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
  const bench = benches[name];
  if (bench === undefined) throw new Error(`no benchmark ${name}: there are ${Object.keys(benches).join(", ")}`);
  process.stdout.write(`\n## ${name}\n\n${await bench()}\n`);
}
