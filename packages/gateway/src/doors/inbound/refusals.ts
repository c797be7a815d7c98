import { Problem } from "../../problems/problem.ts"

export function pathNotKnown(): Problem {
  return new Problem("no_such_path")
}

/** @param allowed what the path takes */
export function methodNotAllowed(allowed: readonly string[]): Problem {
  return new Problem("method_not_allowed", {
    detail: { en: `This path takes ${allowed.join(" and ")}.`, zh: `此路径只接受 ${allowed.join("、")}。` },
  })
}
