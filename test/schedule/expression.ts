/**
 * As much of Data Integration's expression language as REST tasks use: `A == 'x'`, `!=`, `<`, `>=` joined by AND, on
 * `SYS.RESPONSE_STATUS` and texts of the payload.
 */
export function evaluate(expression: string, status: number, payload: Readonly<Record<string, string>>): boolean {
  return expression.split(" AND ").every((comparison) => {
    const [, left = "", operator = "", right = ""] = /^(.+?) (==|!=|<=|>=|<|>) (.+)$/.exec(comparison) ?? [];
    const [a, b] = [valueOf(left, status, payload), valueOf(right, status, payload)];
    switch (operator) {
      case "==":
        return a === b;
      case "!=":
        return a !== b;
      case "<":
        return a < b;
      case ">":
        return a > b;
      case "<=":
        return a <= b;
      case ">=":
        return a >= b;
      default:
        throw new Error(`No comparison: ${comparison}`);
    }
  });
}

function valueOf(text: string, status: number, payload: Readonly<Record<string, string>>): string | number {
  if (text === "SYS.RESPONSE_STATUS") return status;
  if (/^\d+$/.test(text)) return Number(text);
  const quoted = /^'(.*)'$/.exec(text);
  if (quoted !== null) return quoted[1] ?? "";
  const field = /^CAST\(json_path\(SYS\.RESPONSE_PAYLOAD, '\$\.(\w+)'\) AS String\)$/.exec(text);
  if (field === null) throw new Error(`No value: ${text}`);
  return payload[field[1] ?? ""] ?? "";
}
