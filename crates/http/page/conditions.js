// Conditions: the tag of a row that was read becomes the `If-Match` of what is done to the row.

import { operations } from "./contract.js"

// True for an operation that cannot be taken back: people name its row themselves.
const isFinal = ({ path, method }) => method === "delete" || /\/(erasure|merger)$/.test(path)

const isConditional = ({ path, operation }) =>
  path.includes("{") && (operation.parameters ?? []).some(({ $ref }) => /\/If-Match(-optional)?$/.test($ref ?? ""))

// The address of the row that something is done to: its own, or one step above.
const rowOf = path => (path.endsWith("}") ? path : path.replace(/\/[^/]+$/, ""))

// True for an answer that shows a row as it is now. One of another day, a part of one, and one that was only tried have
// tags that no change can be made by.
function showsRow({ ok, headers, url }) {
  const { searchParams } = new URL(url, location)
  const isTried = /tx=rollback/.test(headers["preference-applied"] ?? "")
  return ok && headers.etag && !isTried && !searchParams.has("asOf") && !searchParams.has("fields")
}

// The values that an address has in the places of a template; null for another address.
export function valuesAt(template, address) {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  const found = new RegExp(`^${template.replace(/\{\w+\}/g, "([^/]+)")}$`).exec(address)
  return found && Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1])]))
}

export function conditions(contract) {
  const tags = new Map()
  const conditional = operations(contract).filter(isConditional)

  const parameters = ({ specActions, specSelectors }, { path, method }) => {
    const place = ["paths", path, method]
    if (!specSelectors.specResolvedSubtree(place)) {
      specActions.requestResolvedSubtree(place)
    }
    return specSelectors.specResolvedSubtree(place).get("parameters")
  }
  const valueOf = ({ specSelectors }, { path, method }, parameter) =>
    specSelectors.parameterWithMetaByIdentity([path, method], parameter).get("value")

  function fillIn(system, operation, name, value) {
    const parameter = parameters(system, operation).find(one => one.get("name") === name)
    if (parameter && valueOf(system, operation, parameter) !== value) {
      system.specActions.changeParamByIdentity([operation.path, operation.method], parameter, value)
    }
  }

  // The tag known of the row that an operation names; "" while it names none that was read.
  function tagFor(system, operation) {
    const values = parameters(system, operation).filter(one => one.get("in") === "path")
    const address = values.reduce(
      (path, one) => path.replace(`{${one.get("name")}}`, encodeURIComponent(valueOf(system, operation, one) ?? "")),
      rowOf(operation.path),
    )
    return tags.get(address) ?? ""
  }

  // Takes the tag out of an answer that shows a row, for all that can be done to the row.
  function remember(system, path, method, answer) {
    const { pathname } = new URL(answer.headers.location ?? answer.url, location)
    const isOfRow = path.endsWith("}") || method === "get" || answer.headers.location
    const address = isOfRow ? pathname : rowOf(pathname)
    const row = conditional.map(operation => rowOf(operation.path)).find(template => valuesAt(template, address))
    if (!row) {
      return
    }
    const tag = answer.headers.etag
    tags.set(address, tag)
    for (const operation of conditional.filter(one => rowOf(one.path) === row)) {
      if (!isFinal(operation)) {
        Object.entries(valuesAt(row, address)).forEach(([name, value]) => fillIn(system, operation, name, value))
      }
      fillIn(system, operation, "If-Match", tag)
    }
  }

  const setResponse = (original, system) => (path, method, answer) => {
    original(path, method, answer)
    if (answer.headers && showsRow(answer)) {
      remember(system, path, method, answer)
    }
  }

  // Another row is named: its tag, if it was read, stands in place of one filled in before.
  const changeParamByIdentity = (original, system) => (place, parameter, value, ...rest) => {
    original(place, parameter, value, ...rest)
    const operation = conditional.find(({ path, method }) => path === place[0] && method === place[1])
    if (operation && parameter.get("in") === "path") {
      fillIn(system, operation, "If-Match", tagFor(system, operation))
    }
  }

  return { statePlugins: { spec: { wrapActions: { setResponse, changeParamByIdentity } } } }
}
