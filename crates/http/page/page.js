// The page: Swagger UI over the slim rendering of the contract, with the plug-ins beside this file.

import { conditions } from "./conditions.js"
import { contractPlugin, outline } from "./contract.js"
import { filter } from "./filter.js"
import { layout } from "./layout.js"
import { requests } from "./requests.js"
import { rights } from "./rights.js"
import { openSession } from "./session.js"
import { frameInWords } from "./words.js"

const asked = new URLSearchParams(location.search).get("lang")
const language = asked === "en" ? "en" : "vi"

async function read(name) {
  const answer = await fetch(`${name}?lang=${language}`)
  if (!answer.ok) {
    throw new Error(`${name}: ${answer.status}`)
  }
  return answer.json()
}

// The words for it are among what could not be read: the document has them itself, in both languages.
function tellUnread(error) {
  document.getElementById("unread").hidden = false
  throw error
}

const [contract, words] = await Promise.all([read("contract.json"), read("words.json")]).catch(tellUnread)
const session = openSession(language)
const word = name => words.own[name]

document.documentElement.lang = language
document.title = word("title")
// Swagger UI says this one word in its style sheet.
document.documentElement.style.setProperty("--page-required", JSON.stringify(word("required")))

const ui = window.SwaggerUIBundle({
  dom_id: "#page",
  spec: outline(contract),
  layout: "PageLayout",
  docExpansion: "none",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  showExtensions: true,
  plugins: [
    contractPlugin(contract),
    filter(contract, word),
    rights(contract),
    conditions(contract),
    layout(contract, session, word, language),
    frameInWords(words.frame),
  ],
  ...requests(session, language),
})

session.whenChanged(() => ui.rightsActions.changed(session.me()))
