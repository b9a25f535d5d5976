using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

/// <summary>
/// Keeps a province's report, or a verified copy of its figures, as docs/pull.md describes it.
///
///     dotnet run -- report 2026-10 FOLDER   the signed report of a period (level 1)
///     dotnet run -- copy FOLDER             every change, row and cell, each proved (level 2)
///     dotnet run -- check FILE              tries this program on docs/vectors/pull.json
///
/// BASE is the server's address and TOKEN an API key, in the environment. Needs .NET 8 and nothing else. The server has
/// to sign with ES256: .NET has no Ed25519. Exit code: 0 done, 1 refused: what does not fit is not stored.
/// </summary>
public static class Pull
{
    private const string NoEdwards =
        "the server signs with EdDSA (Ed25519), which .NET does not have: ask its operators to sign with ES256 "
        + "(THIDUA_SIGNING_ALGORITHM=es256), or use the program in Python or Java, or thidua pull";

    private static readonly HttpClient Client = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
    private static readonly string Zeros = new string('0', 64);

    /// <summary>Something that must not be stored.</summary>
    private sealed class Refused : Exception
    {
        public Refused(string why) : base(why)
        {
        }
    }

    /// <summary>A copy: how far it goes, and what it holds.</summary>
    private sealed class State
    {
        public long Seq;
        public string Hash = Zeros;
        public string Checkpoint = "";
        public readonly Dictionary<string, JsonElement> Rows = new Dictionary<string, JsonElement>();
        public readonly Dictionary<string, string> Cells = new Dictionary<string, string>();
    }

    public static int Main(string[] words)
    {
        try
        {
            switch (words.Length == 0 ? "" : words[0] + words.Length)
            {
                case "report3":
                    Report(words[1], Directory.CreateDirectory(words[2]).FullName);
                    return 0;
                case "copy2":
                    Copy(Directory.CreateDirectory(words[1]).FullName);
                    return 0;
                case "check2":
                    Check(words[1]);
                    return 0;
                default:
                    Console.Error.WriteLine("pull report PERIOD FOLDER | copy FOLDER | check FILE");
                    return 2;
            }
        }
        catch (Exception refused) when (refused is Refused || IsMalformed(refused))
        {
            Console.Error.WriteLine("refused: " + refused.Message);
            return 1;
        }
    }

    /// <summary>True for what reading throws where JSON or base64 is broken, or a member is missing.</summary>
    private static bool IsMalformed(Exception fault)
    {
        return fault is JsonException || fault is FormatException || fault is KeyNotFoundException
            || fault is InvalidOperationException;
    }

    // Level 1: the signed report

    private static void Report(string period, string folder)
    {
        string body = Path.Combine(folder, "report-" + period + ".json");
        string tag = Path.Combine(folder, "report-" + period + ".etag");
        string known = File.Exists(body) && File.Exists(tag) ? File.ReadAllText(tag) : null;
        using (HttpResponseMessage answer = Get("/api/v1/provincial-report?period=" + period, known))
        {
            if (answer.StatusCode == HttpStatusCode.NotModified)
            {
                Console.WriteLine(period + ": unchanged");
                return;
            }
            byte[] content = Content(answer);
            string signature = Header(answer, "JWS-Signature");
            // The signature covers the body as it came, byte for byte.
            Verify(TrustedKeys(folder), signature.Replace("..", "." + Base64Url(content) + "."));
            Replace(Path.Combine(folder, "report-" + period + ".jws"), Encoding.ASCII.GetBytes(signature));
            Replace(body, content);
            // Last, so that a break before it only means to be told the report once more.
            Replace(tag, Encoding.ASCII.GetBytes(Header(answer, "ETag")));
            Console.WriteLine(period + ": as of change " + Parsed(content).GetProperty("seq").GetInt64());
        }
    }

    // Level 2: a verified copy

    private static void Copy(string folder)
    {
        string path = Path.Combine(folder, "copy.json");
        State state = File.Exists(path) ? Read(Parsed(File.ReadAllBytes(path))) : new State();
        Dictionary<string, JsonElement> keys = TrustedKeys(folder);
        long began = state.Seq;
        while (true)
        {
            JsonElement page = Parsed(Fetched("/api/v1/changes?limit=1000&after=" + state.Seq));
            if (page.GetProperty("items").GetArrayLength() == 0)
            {
                break;
            }
            Follow(state, page);
            JsonElement signed = Parsed(Fetched("/api/v1/audit/checkpoints?seq=" + state.Seq));
            RequireSigned(keys, signed, state);
            state.Checkpoint = Text(signed, "jws");
            // Rows, cells and position together: a break leaves the file of before. A database does it in one
            // transaction.
            Replace(path, Written(state));
            if (state.Seq == page.GetProperty("head").GetInt64())
            {
                break;
            }
        }
        Console.WriteLine("from {0} to {1}: {2} rows, {3} cells", began, state.Seq, state.Rows.Count, state.Cells.Count);
    }

    private static State Read(JsonElement kept)
    {
        var state = new State { Seq = kept.GetProperty("seq").GetInt64(), Hash = Text(kept, "hash") };
        state.Checkpoint = Text(kept, "checkpoint");
        foreach (JsonProperty row in kept.GetProperty("rows").EnumerateObject())
        {
            state.Rows[row.Name] = row.Value;
        }
        foreach (JsonProperty cell in kept.GetProperty("cells").EnumerateObject())
        {
            state.Cells[cell.Name] = cell.Value.GetString();
        }
        return state;
    }

    private static byte[] Written(State state)
    {
        using (var stream = new MemoryStream())
        {
            using (var writer = new Utf8JsonWriter(stream))
            {
                writer.WriteStartObject();
                writer.WriteNumber("seq", state.Seq);
                writer.WriteString("hash", state.Hash);
                writer.WriteString("checkpoint", state.Checkpoint);
                writer.WriteStartObject("rows");
                foreach (KeyValuePair<string, JsonElement> row in state.Rows)
                {
                    writer.WritePropertyName(row.Key);
                    row.Value.WriteTo(writer);
                }
                writer.WriteEndObject();
                writer.WriteStartObject("cells");
                foreach (KeyValuePair<string, string> cell in state.Cells)
                {
                    writer.WriteString(cell.Key, cell.Value);
                }
                writer.WriteEndObject();
                writer.WriteEndObject();
            }
            return stream.ToArray();
        }
    }

    /// <summary>Applies a page to a state.</summary>
    private static void Follow(State state, JsonElement page)
    {
        if (page.GetProperty("after").GetInt64() != state.Seq || Text(page, "previous_hash") != state.Hash)
        {
            throw new Refused("the server's log is another one than this copy's: ask its operators");
        }
        var lines = new StringBuilder();
        foreach (JsonElement change in page.GetProperty("items").EnumerateArray())
        {
            long seq = change.GetProperty("seq").GetInt64();
            string sight = Text(change, "sight");
            if (seq != state.Seq + 1)
            {
                throw new Refused("position " + seq + " follows " + state.Seq);
            }
            if (sight == "whole" && Sha256(HashedText(change, state.Hash)) != Text(change, "hash"))
            {
                throw new Refused("change " + seq + " does not have the hash it says");
            }
            state.Seq = seq;
            state.Hash = Text(change, "hash");
            lines.Append(seq).Append(' ').Append(state.Hash).Append('\n');
            if (sight != "hidden")
            {
                PutRow(state, change);
            }
            foreach (JsonElement cell in change.GetProperty("cells").EnumerateArray())
            {
                lines.Append(PutCell(state, cell));
            }
        }
        if (Sha256(lines.ToString()) != Text(page, "digest"))
        {
            throw new Refused("the page does not have the digest it says");
        }
    }

    private static void PutRow(State state, JsonElement change)
    {
        string name = Text(change, "resource") + "/" + change.GetProperty("id").GetRawText();
        JsonElement after;
        if (change.TryGetProperty("after", out after) && after.ValueKind == JsonValueKind.String)
        {
            state.Rows[name] = Parsed(Encoding.UTF8.GetBytes(after.GetString()));
        }
        else
        {
            state.Rows.Remove(name);
        }
    }

    /// <summary>Puts a cell in its place; its line of the page's digest.</summary>
    private static string PutCell(State state, JsonElement cell)
    {
        string place = Joined(cell, "indicator", "agency", "calendar", "month");
        string value = Joined(cell, "numerator", "denominator", "reports");
        if (value == "0 0 0")
        {
            state.Cells.Remove(place);
        }
        else
        {
            state.Cells[place] = value;
        }
        return place + " " + value + "\n";
    }

    private static string Joined(JsonElement cell, params string[] names)
    {
        return string.Join(" ", names.Select(name => cell.GetProperty(name).ToString()));
    }

    /// <summary>The text whose SHA-256 is a change's hash.</summary>
    private static string HashedText(JsonElement change, string previous)
    {
        JsonElement actor = change.GetProperty("actor");
        var says = new List<string> { Quoted(previous), Member(change, "seq"), Member(change, "at_micros") };
        says.Add(Member(actor, "kind"));
        says.Add(Member(actor, "id"));
        says.AddRange(
            new[] { "resource", "id", "operation", "before", "after", "reason" }.Select(name => Member(change, name)));
        string text = "[" + string.Join(",", says) + "]";
        switch (change.GetProperty("form").GetInt32())
        {
            case 1:
                return text;
            case 2:
                return "[2," + Member(change, "nonce") + "," + text + "]";
            default:
                throw new Refused("change " + Member(change, "seq") + " has an unknown form: upgrade this program");
        }
    }

    /// <summary>A member as RFC 8785 writes it; null where there is none.</summary>
    private static string Member(JsonElement holder, string name)
    {
        JsonElement value;
        if (!holder.TryGetProperty(name, out value) || value.ValueKind == JsonValueKind.Null)
        {
            return "null";
        }
        return value.ValueKind == JsonValueKind.String ? Quoted(value.GetString()) : value.GetRawText();
    }

    /// <summary>A text as RFC 8785 writes it: no escapes but those that JSON needs, accents as they are.</summary>
    private static string Quoted(string text)
    {
        var written = new StringBuilder("\"");
        foreach (char letter in text)
        {
            switch (letter)
            {
                case '"':
                case '\\':
                    written.Append('\\').Append(letter);
                    break;
                case '\b':
                    written.Append("\\b");
                    break;
                case '\t':
                    written.Append("\\t");
                    break;
                case '\n':
                    written.Append("\\n");
                    break;
                case '\f':
                    written.Append("\\f");
                    break;
                case '\r':
                    written.Append("\\r");
                    break;
                default:
                    written.Append(letter < ' ' ? "\\u" + ((int)letter).ToString("x4") : letter.ToString());
                    break;
            }
        }
        return written.Append('"').ToString();
    }

    private static void RequireSigned(Dictionary<string, JsonElement> keys, JsonElement checkpoint, State state)
    {
        JsonElement said = Parsed(Verify(keys, Text(checkpoint, "jws")));
        if (said.GetProperty("seq").GetInt64() != state.Seq || Text(said, "hash") != state.Hash)
        {
            throw new Refused("the server signs another log than it sent, at " + Member(said, "seq"));
        }
    }

    // Signatures

    /// <summary>
    /// The keys seen first, from then on: compare their names with what the operators tell you by another way.
    /// </summary>
    private static Dictionary<string, JsonElement> TrustedKeys(string folder)
    {
        string path = Path.Combine(folder, "keys.json");
        if (!File.Exists(path))
        {
            byte[] published = Fetched("/.well-known/jwks.json");
            Dictionary<string, JsonElement> first = Usable(Parsed(published));
            if (first.Count == 0)
            {
                throw new Refused(NoEdwards);
            }
            Console.Error.WriteLine("trusted from now on: " + string.Join(", ", first.Keys));
            Replace(path, published);
        }
        return Usable(Parsed(File.ReadAllBytes(path)));
    }

    /// <summary>The keys of a set (RFC 7517) that this program can check with, by name: those for ES256.</summary>
    private static Dictionary<string, JsonElement> Usable(JsonElement published)
    {
        var keys = new Dictionary<string, JsonElement>();
        foreach (JsonElement key in published.GetProperty("keys").EnumerateArray())
        {
            string algorithm = Optional(key, "alg") ?? "ES256";
            if (Text(key, "kty") != "EC" || Optional(key, "crv") != "P-256" || algorithm != "ES256")
            {
                continue;
            }
            // A key's name is its thumbprint (RFC 7638), so whoever has compared names has compared keys.
            string members = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" + Text(key, "x") + "\",\"y\":\"" + Text(key, "y")
                + "\"}";
            if (Text(key, "kid") != Base64Url(Digest(members)))
            {
                throw new Refused("the key " + Text(key, "kid") + " is not named by its thumbprint");
            }
            keys[Text(key, "kid")] = key;
        }
        return keys;
    }

    /// <summary>The payload of a JWS in the compact form (RFC 7515), if one of the keys has signed it.</summary>
    private static byte[] Verify(Dictionary<string, JsonElement> keys, string jws)
    {
        string[] parts = jws.Split('.');
        if (parts.Length != 3)
        {
            throw new Refused("there is no signature");
        }
        JsonElement said = Parsed(FromBase64Url(parts[0]));
        string algorithm = Optional(said, "alg") ?? "nothing";
        string name = Optional(said, "kid") ?? "without a name";
        JsonElement key;
        bool known = keys.TryGetValue(name, out key);
        if (!known && algorithm == "EdDSA")
        {
            throw new Refused(NoEdwards);
        }
        // Every key here is for ES256: a header that asks for another algorithm, or for `none`, is forged.
        if (!known || algorithm != "ES256")
        {
            throw new Refused("signed with the key " + name + " by " + algorithm + ": ask the operators");
        }
        if (!IsSigned(key, Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), FromBase64Url(parts[2])))
        {
            throw new Refused("not signed by the key " + name);
        }
        return FromBase64Url(parts[1]);
    }

    private static bool IsSigned(JsonElement key, byte[] text, byte[] signature)
    {
        // Both numbers one after the other (RFC 7518, section 3.4), which is what VerifyData takes; DER is longer.
        if (signature.Length != 64)
        {
            return false;
        }
        var point = new ECPoint { X = FromBase64Url(Text(key, "x")), Y = FromBase64Url(Text(key, "y")) };
        try
        {
            using (ECDsa ecdsa = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point }))
            {
                return ecdsa.VerifyData(text, signature, HashAlgorithmName.SHA256);
            }
        }
        catch (CryptographicException)
        {
            // No point of the curve.
            return false;
        }
    }

    // The rest

    /// <summary>Tries this program on the published vectors.</summary>
    private static void Check(string path)
    {
        JsonElement vectors = Parsed(File.ReadAllBytes(path));
        Dictionary<string, JsonElement> keys = Usable(vectors.GetProperty("keys"));
        var state = new State();
        Follow(state, vectors.GetProperty("page"));
        RequireSigned(keys, vectors.GetProperty("checkpoint_es256"), state);
        JsonElement report = vectors.GetProperty("report");
        string body = Base64Url(Encoding.UTF8.GetBytes(Text(report, "body")));
        Verify(keys, Text(report, "signature_es256").Replace("..", "." + body + "."));
        RequireRefused(vectors.GetProperty("keys"), Text(vectors.GetProperty("checkpoint"), "jws"), "EdDSA");
        foreach (JsonElement forged in vectors.GetProperty("refused").EnumerateArray())
        {
            JsonElement published;
            bool own = forged.TryGetProperty("keys", out published);
            RequireRefused(own ? published : vectors.GetProperty("keys"), Text(forged, "jws"), Text(forged, "why"));
        }
        Console.WriteLine("the vectors fit: {0} rows, {1} cells", state.Rows.Count, state.Cells.Count);
    }

    private static void RequireRefused(JsonElement published, string jws, string why)
    {
        try
        {
            Verify(Usable(published), jws);
        }
        catch (Refused)
        {
            return;
        }
        throw new Refused("this program takes what it must not: " + why);
    }

    /// <summary>An answer: 200 or 304.</summary>
    private static HttpResponseMessage Get(string address, string tag)
    {
        string server = Environment.GetEnvironmentVariable("BASE");
        using (var request = new HttpRequestMessage(HttpMethod.Get, server + address))
        {
            string token = Environment.GetEnvironmentVariable("TOKEN");
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            if (tag != null)
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", tag);
            }
            HttpResponseMessage answer = Client.SendAsync(request).GetAwaiter().GetResult();
            if (answer.StatusCode != HttpStatusCode.OK && answer.StatusCode != HttpStatusCode.NotModified)
            {
                string why = Encoding.UTF8.GetString(Content(answer));
                throw new Refused(address + ": " + (int)answer.StatusCode + " " + why);
            }
            return answer;
        }
    }

    private static byte[] Fetched(string address)
    {
        using (HttpResponseMessage answer = Get(address, null))
        {
            return Content(answer);
        }
    }

    private static byte[] Content(HttpResponseMessage answer)
    {
        return answer.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
    }

    private static string Header(HttpResponseMessage answer, string name)
    {
        IEnumerable<string> values;
        return answer.Headers.TryGetValues(name, out values) ? values.First() : "";
    }

    /// <summary>Writes a file whole or not at all.</summary>
    private static void Replace(string path, byte[] content)
    {
        string next = path + ".new";
        File.WriteAllBytes(next, content);
        if (File.Exists(path))
        {
            File.Replace(next, path, null);
        }
        else
        {
            File.Move(next, path);
        }
    }

    private static JsonElement Parsed(byte[] json)
    {
        using (JsonDocument document = JsonDocument.Parse(json))
        {
            return document.RootElement.Clone();
        }
    }

    private static string Text(JsonElement holder, string name)
    {
        return holder.GetProperty(name).GetString();
    }

    private static string Optional(JsonElement holder, string name)
    {
        JsonElement value;
        return holder.TryGetProperty(name, out value) ? value.GetString() : null;
    }

    private static byte[] Digest(string text)
    {
        using (SHA256 digest = SHA256.Create())
        {
            return digest.ComputeHash(Encoding.UTF8.GetBytes(text));
        }
    }

    private static string Sha256(string text)
    {
        return string.Concat(Digest(text).Select(part => part.ToString("x2")));
    }

    private static string Base64Url(byte[] content)
    {
        return Convert.ToBase64String(content).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    private static byte[] FromBase64Url(string text)
    {
        string padded = text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - text.Length % 4) % 4);
        return Convert.FromBase64String(padded);
    }
}
