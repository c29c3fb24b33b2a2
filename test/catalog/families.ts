/** The families of a text document, for what holds them against the catalog. */

/** Name → type and help. */
export function familiesIn(text: string): Map<string, { help: string; type: string }> {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]));
  return new Map(
    [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => [
      name!,
      { help: help!.replaceAll('\\\\', '\\'), type: types.get(name!)! },
    ]),
  );
}
