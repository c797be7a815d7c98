/**
 * Importing one of Node's own modules touches everything it exports, also what Node itself loads late: 8 ms of every
 * start for `node:fs`, `node:process` and `node:util`. `getBuiltinModule` touches only what is used.
 */
export function takeBuiltinsDirectly() {
  return {
    name: "take-builtins-directly",
    // Each statement stays on its line, so the source map need not change.
    renderChunk: (code) => ({
      map: null,
      code: code.replaceAll(
        /^import (?:([\w$]+)|([\w$]+), (\{[^}]*\})|(\{[^}]*\})) from "(node:[\w/]+)";$/gm,
        (_, alone, whole, partsBeside, parts, builtin) => {
          // Not `process` alone: a library may import it by that name, into the same file.
          const taken = `globalThis.process.getBuiltinModule("${builtin}")`
          const names = [alone ?? whole, (parts ?? partsBeside)?.replaceAll(" as ", ": ")]
          return names
            .filter((name) => name !== undefined)
            .map((name) => `const ${name} = ${taken};`)
            .join(" ")
        },
      ),
    }),
  }
}
