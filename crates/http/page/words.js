// The frame's words in the page's language. Swagger UI says them in English inside its components: here each component
// that says something is wrapped, and what it renders is told again.

const SPEAKING = [
  "authorizationPopup", "authorizeBtn", "clear", "contentType", "curl", "errors", "execute", "headers",
  "HighlightCode", "HttpAuth", "JSONSchema202012ExpandDeepButton", "JSONSchema202012KeywordEnum", "JsonSchema_array",
  "JsonSchema_boolean", "liveResponse", "modelExample", "OAS31Auths", "operation", "OperationExt", "operationLink",
  "ParameterIncludeEmpty", "parameterRow", "RequestBody", "response", "responseBody", "TryItOutButton",
]

// Members of an element that are read out to people.
const READ = ["title", "placeholder", "aria-label"]

export function frameInWords(words) {
  const said = text => {
    const word = words[text.trim()]
    return word === undefined ? text : text.replace(text.trim(), word)
  }
  // Words that come as Markdown before a value: "<i>Example</i> : CT7".
  const beforeValue = source => source.replace(/^<i>(.*?)<\/i>/, (_, text) => `<i>${said(text)}</i>`)

  return ({ React, fn }) => {
    // As it is before this plug-in takes its place.
    const { withErrorBoundary } = fn

    function told(node) {
      if (typeof node === "string") {
        return said(node)
      }
      if (Array.isArray(node)) {
        return node.map(told)
      }
      if (!React.isValidElement(node)) {
        return node
      }
      const { props } = node
      const read = READ.filter(name => typeof props[name] === "string").map(name => [name, said(props[name])])
      const again = Object.fromEntries(read)
      if (typeof props.source === "string") {
        again.source = beforeValue(props.source)
      }
      if ("children" in props) {
        again.children = told(props.children)
      }
      return isPlain(node.type)
        ? React.createElement(inWords(node.type), { key: node.key, ...props, ...again })
        : React.cloneElement(node, again)
    }

    // Functions beside a component, which no plug-in can name, speak as well. Each is wrapped once, so that it stays the
    // same component from one rendering to the next.
    const known = new WeakMap()
    const isPlain = type => typeof type === "function" && !type.prototype?.isReactComponent
    const inWords = type => known.get(type) ?? known.set(type, wrapped(type)).get(type)

    const wrapped = Original =>
      Original.prototype?.isReactComponent
        ? class extends Original {
            render() {
              return told(super.render())
            }
          }
        : props => told(Original(props))

    return {
      wrapComponents: Object.fromEntries(SPEAKING.map(name => [name, wrapped])),
      // Inside of a boundary for errors no wrapper from outside sees what a component renders.
      fn: { withErrorBoundary: Original => withErrorBoundary(wrapped(Original)) },
    }
  }
}
