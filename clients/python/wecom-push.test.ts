import { join } from "node:path"
import { pathOf, without } from "../../tools/testing/programs.ts"
import { clientRules } from "../testing/client-rules.ts"

const argv = [join(import.meta.dirname, "testing", "drive.py")]

clientRules("python", () => ({ program: pathOf("python3"), argv }), without("python3"))
