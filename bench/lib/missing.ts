/** What this machine has not got that a row needs; the row is left out and says so. */
export class Missing extends Error {
  override readonly name = "Missing"
}
