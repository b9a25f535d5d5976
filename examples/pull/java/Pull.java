import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Keeps a province's report, or a verified copy of its figures, as docs/pull.md describes it.
 *
 * <pre>
 * java -cp gson.jar Pull.java report 2026-10 FOLDER   the signed report of a period (level 1)
 * java -cp gson.jar Pull.java copy FOLDER             every change, row and cell, each proved (level 2)
 * java -cp gson.jar Pull.java check FILE              tries this program on docs/vectors/pull.json
 * </pre>
 *
 * BASE is the server's address and TOKEN an API key, in the environment. Needs Java 17 and Gson, for reading JSON only.
 * Exit code: 0 done, 1 refused: what does not fit is not stored.
 */
public final class Pull {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String ZEROS = "0".repeat(64);

    /** Something that must not be stored. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }

    public static void main(String[] words) throws Exception {
        try {
            switch (words.length == 0 ? "" : words[0] + words.length) {
                case "report3" -> report(words[1], made(words[2]));
                case "copy2" -> copy(made(words[1]));
                case "check2" -> check(Path.of(words[1]));
                default -> {
                    System.err.println("Pull report PERIOD FOLDER | copy FOLDER | check FILE");
                    System.exit(2);
                }
            }
        } catch (Refused refused) {
            System.err.println("refused: " + refused.getMessage());
            System.exit(1);
        }
    }

    // Level 1: the signed report

    private static void report(String period, Path folder) throws Exception {
        Path body = folder.resolve("report-" + period + ".json");
        Path tag = folder.resolve("report-" + period + ".etag");
        boolean known = Files.exists(body) && Files.exists(tag);
        Map<String, String> headers = known ? Map.of("If-None-Match", Files.readString(tag)) : Map.of();
        HttpResponse<byte[]> answer = get("/api/v1/provincial-report?period=" + period, headers);
        if (answer.statusCode() == 304) {
            System.out.println(period + ": unchanged");
            return;
        }
        String signature = answer.headers().firstValue("JWS-Signature").orElse("");
        // The signature covers the body as it came, byte for byte.
        verify(trustedKeys(folder), signature.replace("..", "." + base64url(answer.body()) + "."));
        replace(folder.resolve("report-" + period + ".jws"), ascii(signature));
        replace(body, answer.body());
        // Last, so that a break before it only means to be told the report once more.
        replace(tag, ascii(answer.headers().firstValue("ETag").orElse("")));
        System.out.println(period + ": as of change " + object(answer.body()).get("seq").getAsLong());
    }

    // Level 2: a verified copy

    private static void copy(Path folder) throws Exception {
        Path path = folder.resolve("copy.json");
        JsonObject state = Files.exists(path) ? object(Files.readAllBytes(path)) : nothing();
        JsonObject keys = trustedKeys(folder);
        long began = state.get("seq").getAsLong();
        while (true) {
            JsonObject page = object(get("/api/v1/changes?limit=1000&after=" + state.get("seq"), Map.of()).body());
            if (page.getAsJsonArray("items").isEmpty()) {
                break;
            }
            follow(state, page);
            byte[] signed = get("/api/v1/audit/checkpoints?seq=" + state.get("seq"), Map.of()).body();
            requireSigned(keys, object(signed), state);
            state.add("checkpoint", object(signed).get("jws"));
            // Rows, cells and position together: a break leaves the file of before. A database does it in one
            // transaction.
            replace(path, state.toString().getBytes(StandardCharsets.UTF_8));
            if (page.get("last").equals(page.get("head"))) {
                break;
            }
        }
        int rows = state.getAsJsonObject("rows").size();
        int cells = state.getAsJsonObject("cells").size();
        System.out.printf("from %d to %s: %d rows, %d cells%n", began, state.get("seq"), rows, cells);
    }

    private static JsonObject nothing() {
        return object(ascii("{\"seq\":0,\"hash\":\"" + ZEROS + "\",\"rows\":{},\"cells\":{}}"));
    }

    /** Applies a page to a state. */
    private static void follow(JsonObject state, JsonObject page) throws Exception {
        JsonElement hash = state.get("hash");
        if (!page.get("after").equals(state.get("seq")) || !page.get("previous_hash").equals(hash)) {
            throw new Refused("the server's log is another one than this copy's: ask its operators");
        }
        StringBuilder lines = new StringBuilder();
        long seq = state.get("seq").getAsLong();
        for (JsonElement item : page.getAsJsonArray("items")) {
            JsonObject change = item.getAsJsonObject();
            seq += 1;
            if (change.get("seq").getAsLong() != seq) {
                throw new Refused("position " + change.get("seq") + " follows " + (seq - 1));
            }
            String sight = change.get("sight").getAsString();
            if (sight.equals("whole") && !sha256(hashedText(change, hash)).equals(change.get("hash").getAsString())) {
                throw new Refused("change " + seq + " does not have the hash it says");
            }
            hash = change.get("hash");
            lines.append(seq).append(' ').append(hash.getAsString()).append('\n');
            if (!sight.equals("hidden")) {
                putRow(state.getAsJsonObject("rows"), change);
            }
            for (JsonElement cell : change.getAsJsonArray("cells")) {
                lines.append(putCell(state.getAsJsonObject("cells"), cell.getAsJsonObject()));
            }
        }
        if (!sha256(lines.toString()).equals(page.get("digest").getAsString())) {
            throw new Refused("the page does not have the digest it says");
        }
        state.addProperty("seq", seq);
        state.add("hash", hash);
    }

    private static void putRow(JsonObject rows, JsonObject change) {
        String name = change.get("resource").getAsString() + "/" + change.get("id");
        if (change.has("after")) {
            rows.add(name, JsonParser.parseString(change.get("after").getAsString()));
        } else {
            rows.remove(name);
        }
    }

    /** Puts a cell in its place; its line of the page's digest. */
    private static String putCell(JsonObject cells, JsonObject cell) {
        String place = joined(cell, "indicator", "agency", "calendar", "month");
        String value = joined(cell, "numerator", "denominator", "reports");
        if (value.equals("0 0 0")) {
            cells.remove(place);
        } else {
            cells.addProperty(place, value);
        }
        return place + " " + value + "\n";
    }

    private static String joined(JsonObject cell, String... names) {
        StringJoiner line = new StringJoiner(" ");
        for (String name : names) {
            line.add(cell.get(name).getAsString());
        }
        return line.toString();
    }

    /** The text whose SHA-256 is a change's hash. */
    private static String hashedText(JsonObject change, JsonElement previous) throws Refused {
        JsonObject actor = change.getAsJsonObject("actor");
        StringJoiner says = new StringJoiner(",", "[", "]");
        says.add(written(previous)).add(written(change.get("seq"))).add(written(change.get("at_micros")));
        says.add(written(actor.get("kind"))).add(written(actor.get("id")));
        for (String name : new String[] {"resource", "id", "operation", "before", "after", "reason"}) {
            says.add(written(change.get(name)));
        }
        return switch (change.get("form").getAsInt()) {
            case 1 -> says.toString();
            case 2 -> "[2," + written(change.get("nonce")) + "," + says + "]";
            default -> throw new Refused("change " + change.get("seq") + " has an unknown form: upgrade this program");
        };
    }

    /** A number, text or null as RFC 8785 writes it: no escapes but those that JSON needs, accents as they are. */
    private static String written(JsonElement value) {
        if (value == null || value.isJsonNull()) {
            return "null";
        }
        String text = value.getAsString();
        if (value.getAsJsonPrimitive().isNumber()) {
            return text;
        }
        StringBuilder out = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            switch (letter) {
                case '"', '\\' -> out.append('\\').append(letter);
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\f' -> out.append("\\f");
                case '\r' -> out.append("\\r");
                default -> out.append(letter < ' ' ? String.format("\\u%04x", (int) letter) : letter);
            }
        }
        return out.append('"').toString();
    }

    private static void requireSigned(JsonObject keys, JsonObject checkpoint, JsonObject state) throws Exception {
        JsonObject said = object(verify(keys, checkpoint.get("jws").getAsString()));
        if (!said.get("seq").equals(state.get("seq")) || !said.get("hash").equals(state.get("hash"))) {
            throw new Refused("the server signs another log than it sent, at " + said.get("seq"));
        }
    }

    // Signatures

    /** The keys seen first, from then on: compare their names with what the operators tell you by another way. */
    private static JsonObject trustedKeys(Path folder) throws Exception {
        Path path = folder.resolve("keys.json");
        if (!Files.exists(path)) {
            byte[] published = get("/.well-known/jwks.json", Map.of()).body();
            System.err.println("trusted from now on: " + String.join(", ", usable(object(published)).keySet()));
            replace(path, published);
        }
        return usable(object(Files.readAllBytes(path)));
    }

    /** The keys of a set (RFC 7517) that this program can check with, by name. */
    private static JsonObject usable(JsonObject published) throws Exception {
        JsonObject keys = new JsonObject();
        for (JsonElement element : published.getAsJsonArray("keys")) {
            JsonObject key = element.getAsJsonObject();
            String algorithm = algorithm(key);
            if (algorithm == null || key.has("alg") && !key.get("alg").getAsString().equals(algorithm)) {
                continue;
            }
            // A key's name is its thumbprint (RFC 7638), so whoever has compared names has compared keys.
            JsonObject members = new JsonObject();
            String[] names = {"crv", "kty", "x", "y"};
            for (int at = 0; at < (algorithm.equals("ES256") ? 4 : 3); at++) {
                members.add(names[at], key.get(names[at]));
            }
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(ascii(members.toString()));
            if (!key.get("kid").getAsString().equals(base64url(digest))) {
                throw new Refused("the key " + key.get("kid") + " is not named by its thumbprint");
            }
            keys.add(key.get("kid").getAsString(), key);
        }
        return keys;
    }

    /** The one algorithm that a key is for; null for keys of other kinds. */
    private static String algorithm(JsonObject key) {
        return switch (key.get("kty").getAsString() + (key.has("crv") ? key.get("crv").getAsString() : "")) {
            case "OKPEd25519" -> "EdDSA";
            case "ECP-256" -> "ES256";
            default -> null;
        };
    }

    /** The payload of a JWS in the compact form (RFC 7515), if one of the keys has signed it. */
    private static byte[] verify(JsonObject keys, String jws) throws Exception {
        String[] parts = jws.split("\\.", -1);
        if (parts.length != 3) {
            throw new Refused("there is no signature");
        }
        JsonObject said = object(unbase64url(parts[0]));
        JsonObject key = said.has("kid") ? keys.getAsJsonObject(said.get("kid").getAsString()) : null;
        // The key says by which algorithm: a header that asks for another, or for `none`, is forged.
        if (key == null || !new JsonPrimitive(algorithm(key)).equals(said.get("alg"))) {
            throw new Refused("signed with the key " + said.get("kid") + " by " + said.get("alg") + ": ask the operators");
        }
        if (!isSigned(key, ascii(parts[0] + "." + parts[1]), unbase64url(parts[2]))) {
            throw new Refused("not signed by the key " + said.get("kid"));
        }
        return unbase64url(parts[1]);
    }

    private static boolean isSigned(JsonObject key, byte[] text, byte[] proof) throws GeneralSecurityException {
        boolean edwards = algorithm(key).equals("EdDSA");
        // ES256 is both numbers one after the other (RFC 7518, section 3.4); without P1363 in its name it is DER.
        Signature signature = Signature.getInstance(edwards ? "Ed25519" : "SHA256withECDSAinP1363Format");
        signature.initVerify(edwards ? edwardsKey(unbase64url(key.get("x").getAsString())) : pointKey(key));
        signature.update(text);
        try {
            return signature.verify(proof);
        } catch (SignatureException malformed) {
            return false;
        }
    }

    private static PublicKey pointKey(JsonObject key) throws GeneralSecurityException {
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        BigInteger x = new BigInteger(1, unbase64url(key.get("x").getAsString()));
        BigInteger y = new BigInteger(1, unbase64url(key.get("y").getAsString()));
        ECParameterSpec parameters = curve.getParameterSpec(ECParameterSpec.class);
        return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), parameters));
    }

    /** An Ed25519 key of 32 bytes (RFC 8032, section 5.1.2): y, the lowest byte first, and the parity of x on top. */
    private static PublicKey edwardsKey(byte[] bytes) throws GeneralSecurityException {
        boolean odd = bytes[31] < 0;
        bytes[31] &= 0x7f;
        for (int low = 0, high = 31; low < high; low++, high--) {
            byte kept = bytes[low];
            bytes[low] = bytes[high];
            bytes[high] = kept;
        }
        EdECPoint point = new EdECPoint(odd, new BigInteger(1, bytes));
        return KeyFactory.getInstance("Ed25519").generatePublic(new EdECPublicKeySpec(NamedParameterSpec.ED25519, point));
    }

    // The rest

    /** Tries this program on the published vectors. */
    private static void check(Path path) throws Exception {
        JsonObject vectors = object(Files.readAllBytes(path));
        JsonObject keys = usable(vectors.getAsJsonObject("keys"));
        JsonObject state = nothing();
        follow(state, vectors.getAsJsonObject("page"));
        JsonObject report = vectors.getAsJsonObject("report");
        String body = base64url(report.get("body").getAsString().getBytes(StandardCharsets.UTF_8));
        for (String algorithm : new String[] {"", "_es256"}) {
            requireSigned(keys, vectors.getAsJsonObject("checkpoint" + algorithm), state);
            verify(keys, report.get("signature" + algorithm).getAsString().replace("..", "." + body + "."));
        }
        for (JsonElement forged : vectors.getAsJsonArray("refused")) {
            requireRefused(forged.getAsJsonObject(), vectors.getAsJsonObject("keys"));
        }
        int rows = state.getAsJsonObject("rows").size();
        System.out.printf("the vectors fit: %d rows, %d cells%n", rows, state.getAsJsonObject("cells").size());
    }

    private static void requireRefused(JsonObject forged, JsonObject published) throws Exception {
        try {
            verify(usable(forged.has("keys") ? forged.getAsJsonObject("keys") : published), forged.get("jws").getAsString());
        } catch (Refused refused) {
            return;
        }
        throw new Refused("this program takes what it must not: " + forged.get("why"));
    }

    /** An answer: 200 or 304. */
    private static HttpResponse<byte[]> get(String address, Map<String, String> headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(System.getenv("BASE") + address));
        request.header("Authorization", "Bearer " + System.getenv("TOKEN")).timeout(Duration.ofSeconds(60));
        headers.forEach(request::header);
        HttpResponse<byte[]> answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200 && answer.statusCode() != 304) {
            String why = new String(answer.body(), StandardCharsets.UTF_8);
            throw new Refused(address + ": " + answer.statusCode() + " " + why);
        }
        return answer;
    }

    private static Path made(String folder) throws IOException {
        return Files.createDirectories(Path.of(folder));
    }

    /** Writes a file whole or not at all. */
    private static void replace(Path path, byte[] content) throws IOException {
        Path next = path.resolveSibling(path.getFileName() + ".new");
        Files.write(next, content);
        Files.move(next, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static JsonObject object(byte[] text) {
        return JsonParser.parseString(new String(text, StandardCharsets.UTF_8)).getAsJsonObject();
    }

    private static String sha256(String text) throws GeneralSecurityException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String base64url(byte[] content) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(content);
    }

    private static byte[] unbase64url(String text) {
        return Base64.getUrlDecoder().decode(text);
    }
}
