import { Problem } from "./problem.ts"

/** @param allowed the methods of the path */
export function methodNotAllowed(allowed: readonly string[]): Problem {
  return new Problem("method_not_allowed", {
    detail: { en: `This path takes ${allowed.join(", ")}.`, zh: `此路径只接受 ${allowed.join("、")}。` },
  })
}
