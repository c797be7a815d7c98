/** Something that a row needs and this machine lacks; the row is left out and says so. */
export class Missing extends Error {
  override readonly name = "Missing"
}
