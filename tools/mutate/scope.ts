/** What is changed: everything that promises rest on. Other files by `--files`. */
export const CHANGED: readonly string[] = [
  "packages/protocol/src/delivery/**/*.ts",
  "packages/gateway/src/{model,delivery,people,limits,channels}/**/*.ts",
]

/** Never changed. */
export const LEFT_ALONE: readonly string[] = ["**/*.test.ts", "**/testing/**", "**/*.d.ts"]

/** Tests that may notice it. All others run the same code too, from further away and slowly. */
export const TESTS: readonly string[] = [
  "packages/{protocol,sdk}/src/**/*.test.ts",
  "packages/gateway/src/{model,delivery,people,limits,channels,store}/**/*.test.ts",
]
