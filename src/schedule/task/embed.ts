/**
 * A value as the text that may stand between quotes in a request's JSON.
 * Data Integration puts a parameter's value into the payload as it is: a quote would end the string and begin whatever
 * follows it, a newline would make it no JSON at all. So the value is escaped before it becomes a parameter's, and the
 * service's parser takes the escapes away again.
 */
export function embed(value: string): string {
  return guard(JSON.stringify(value).slice(1, -1));
}

/** JSON whose texts hold no `${` and no `#{`: they would be read as the name of a parameter or an expression. */
export function guard(json: string): string {
  return json.replaceAll(/[$#](?=\{)/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}
