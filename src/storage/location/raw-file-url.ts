/**
 * The URL of a file's bytes for the URL of the page that shows it, as people copy it from the address bar:
 * `https://github.com/owner/repository/blob/main/a.ipynb`, `https://gitlab.com/group/project/-/blob/main/a.ipynb`.
 * Any other URL is returned as it is.
 */
export function rawFileUrl(url: URL): URL {
  if (url.hostname === "github.com" || url.hostname === "www.github.com") {
    const [, owner, repository, ref, path] = /^\/([^/]+)\/([^/]+)\/blob\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    if (path === undefined) return url;
    return new URL(`https://raw.githubusercontent.com/${owner}/${repository}/${ref}/${path}`);
  }
  if (/\/-\/blob\//.test(url.pathname)) {
    const raw = new URL(url);
    raw.pathname = url.pathname.replace("/-/blob/", "/-/raw/");
    raw.search = "";
    return raw;
  }
  return url;
}
