import { refuseUnknown } from "./option-faults.ts"

/**
 * The folder of a file store. Without this check a missing one would be called `undefined`, in the current folder of
 * the program.
 * @throws {TypeError}
 */
export function directoryOf(options: { readonly directory: string }, maker: string): string {
  refuseUnknown(options, { directory: true }, maker)
  const { directory } = options
  if (typeof directory === "string" && directory !== "") return directory
  throw new TypeError(`${maker} needs the option directory, the path of a folder`)
}
