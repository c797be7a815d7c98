/** Reads what the simulator says. Both sides are built from the same types. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the reader says what it expects, once, here
export function readJson<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a check of every answer would only repeat the types of the server that this page comes with
  return JSON.parse(text) as T
}

/** @throws where the answer is no success */
export async function fetchJson<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init)
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return readJson<T>(await response.text())
}
