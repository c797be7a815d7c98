import { refuseUnknown } from "./option-faults.ts"

/**
 * The folder of a store in files. Without one it would be called `undefined`, below wherever the program runs.
 * @throws {TypeError}
 */
export function directoryOf(options: { readonly directory: string }, maker: string): string {
  refuseUnknown(options, { directory: true }, maker)
  const { directory } = options
  if (typeof directory === "string" && directory !== "") return directory
  throw new TypeError(`${maker} needs the option directory, the path of a folder`)
}
