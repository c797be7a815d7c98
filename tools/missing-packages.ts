// Prints, on one line, the Debian packages that this machine needs for every test and check: node tools/missing-packages.ts
import { PROGRAMS, without } from "./testing/programs.ts"
import type { Program, ProgramName } from "./testing/programs.ts"

const packages = (Object.entries(PROGRAMS) as [ProgramName, Program][]).flatMap(([name, { isForBench, debian }]) =>
  isForBench || without(name) === false ? [] : debian,
)
console.log(packages.join(" "))
