// Puts the numbering rules of mobiles into the one compiled file that asks for them; see docs/decisions/0004.
import { notices } from "../../tools/bundle-notices.js"
import { readSourceMaps } from "../../tools/read-source-maps.js"

export default {
  input: { "people/foreign-mobile": "dist/people/foreign-mobile.js" },
  cwd: import.meta.dirname,
  platform: "node",
  plugins: [readSourceMaps(), notices(["libphonenumber-js"])],
  // In the place of what was compiled, which a build that changes nothing else leaves as it is: joined again, it stays.
  output: { dir: "dist", entryFileNames: "[name].js", comments: { legal: true }, sourcemap: true },
}
