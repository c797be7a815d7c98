/** The object at the place of a file is no longer that file. The message names the place. */
export class LostFileError extends Error {
  override readonly name = "LostFileError"
}
