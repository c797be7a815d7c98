/** What lies where a file was kept is not the file any more. The message names the place. */
export class LostFileError extends Error {
  override readonly name = "LostFileError"
}
