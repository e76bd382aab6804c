/**
 * Whether a symbolic link, followed through every other link of the same archive, stays inside the archive's folder.
 * Looking at the target's text alone is not enough: `a/up → ..` stays inside, and so by its text does `b → a/up/x`;
 * `c → a/b/up/../..` leaves. A link that leads to itself leads nowhere and is harmless.
 *
 * @param links plain path of each link → its target, relative to the link's folder
 */
export function leadsInside(path: string, links: ReadonlyMap<string, string>): boolean {
  const place: string[] = [];
  const ahead = path.split("/");
  let hops = 0;
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (place.pop() === undefined) return false;
      continue;
    }
    place.push(part);
    const target = links.get(place.join("/"));
    if (target === undefined) continue;
    if (target.startsWith("/") || target === "" || target.includes("\0")) return false;
    if (++hops > 40) return true; // The system gives up here too (ELOOP).
    place.pop();
    ahead.unshift(...target.split("/"));
  }
  return true;
}
