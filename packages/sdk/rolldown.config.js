// Puts the numbering rules of mobiles into the one compiled file that asks for them; see docs/decisions/0004.
import { notices } from "../../tools/bundle-notices.js"
import { readSourceMaps } from "../../tools/read-source-maps.js"

export default {
  input: { "people/foreign-mobile": "dist/people/foreign-mobile.js" },
  cwd: import.meta.dirname,
  platform: "node",
  plugins: [readSourceMaps(), notices(["libphonenumber-js"])],
  // The output replaces the compiled file. A build that changes nothing else leaves it as it is, and joining it again
  // changes nothing.
  output: { dir: "dist", entryFileNames: "[name].js", comments: { legal: true }, sourcemap: true },
}
