const ending = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|ACCESS_KEY|CREDENTIALS?)$/i;

/** Whether an environment variable's name says that nobody should read its value: `DB_PASSWORD`, `API_TOKEN`. */
export function isSecretName(name: string): boolean {
  return ending.test(name);
}
