package org.backpropaganda.autograd.io;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/** Reads the JSON of a safetensors header: exactly its three levels, every name once. */
final class SafeTensorsJson {
    static final String METADATA = "__metadata__";

    /** Tensors, and strings beside them: some hundred bytes of heap each. */
    private static final int MOST = 1 << 20;

    private static final List<StoredType> TYPES = List.of(StoredType.values());

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Names of one file are of no use to the next.
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(3).build())
            .build();

    private final Path file;
    private final JsonParser parser;
    private final Map<String, String> metadata;
    private final List<SafeTensorsHeader.Entry> entries = new ArrayList<>();

    private SafeTensorsJson(Path file, JsonParser parser, Map<String, String> metadata) {
        this.file = file;
        this.parser = parser;
        this.metadata = metadata;
    }

    static List<SafeTensorsHeader.Entry> parse(Path file, InputStream header, Map<String, String> metadata)
            throws TensorFileException {
        // A reader: given bytes, the parser would take other encodings too.
        Reader text = new InputStreamReader(header, StandardCharsets.UTF_8.newDecoder());
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            SafeTensorsJson json = new SafeTensorsJson(file, parser, metadata);
            json.header();
            return json.entries;
        } catch (JacksonException e) {
            if (e.getCause() instanceof CharacterCodingException) {
                throw new TensorFileException(file, "the header is not UTF-8", e);
            }
            throw new TensorFileException(file, "the header is no such JSON: " + e.getOriginalMessage(), e);
        }
    }

    private void header() throws TensorFileException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw unexpected("the header", JsonToken.START_OBJECT);
        }
        for (String name = name(); name != null; name = name()) {
            if (name.equals(METADATA)) {
                metadata();
            } else {
                requireFew(entries.size(), "tensors");
                entries.add(entry(name));
            }
        }
        if (parser.nextToken() != null) {
            throw new TensorFileException(file, "something follows the header's JSON");
        }
    }

    private void metadata() throws TensorFileException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw unexpected(METADATA, JsonToken.START_OBJECT);
        }
        for (String key = name(); key != null; key = name()) {
            requireFew(metadata.size(), "strings in __metadata__");
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw unexpected(METADATA + " \"" + Printable.name(key) + "\"", JsonToken.VALUE_STRING);
            }
            metadata.put(key, parser.getString());
        }
    }

    private void requireFew(int count, String what) throws TensorFileException {
        if (count == MOST) {
            throw new TensorFileException(file, "has more than " + MOST + " " + what);
        }
    }

    private SafeTensorsHeader.Entry entry(String name) throws TensorFileException {
        expect(JsonToken.START_OBJECT, name, "");
        StoredType type = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        for (String field = name(); field != null; field = name()) {
            switch (field) {
                case "dtype" -> type = type(name);
                case "shape" -> shape = sizes(name, ": shape");
                case "data_offsets" -> offsets = sizes(name, ": data_offsets");
                default ->
                    throw new TensorFileException(
                            file, named(name) + ": unknown field \"" + Printable.name(field) + "\"");
            }
        }
        if (type == null || shape == null || offsets == null || offsets.size() != 2) {
            throw new TensorFileException(file, named(name) + " lacks dtype, shape or two data_offsets");
        }
        return new SafeTensorsHeader.Entry(new StoredTensor(name, type, shape), offsets.get(0), offsets.get(1));
    }

    /** Made for messages alone: there may be a million tensors. */
    private static String named(String name) {
        return "tensor \"" + Printable.name(name) + "\"";
    }

    private StoredType type(String name) throws TensorFileException {
        expect(JsonToken.VALUE_STRING, name, ": dtype");
        String text = parser.getString();
        for (StoredType type : TYPES) {
            if (type.name().equals(text)) {
                return type;
            }
        }
        throw new TensorFileException(file, named(name) + ": unknown dtype \"" + Printable.name(text) + "\"");
    }

    private List<Long> sizes(String name, String what) throws TensorFileException {
        expect(JsonToken.START_ARRAY, name, what);
        List<Long> sizes = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 0) {
                throw new TensorFileException(
                        file, named(name) + what + ": expected a whole number, found " + parser.currentToken());
            }
            if (sizes.size() == StoredTensor.MOST_SIZES) {
                throw new TensorFileException(
                        file, named(name) + what + ": more than " + StoredTensor.MOST_SIZES + " numbers");
            }
            sizes.add(parser.getLongValue());
        }
        return sizes;
    }

    /** The next name in the object, or null at its end. */
    private @Nullable String name() {
        return parser.nextToken() == JsonToken.PROPERTY_NAME ? parser.currentName() : null;
    }

    private void expect(JsonToken token, String tensor, String what) throws TensorFileException {
        if (parser.nextToken() != token) {
            throw unexpected(named(tensor) + what, token);
        }
    }

    private TensorFileException unexpected(String what, JsonToken expected) {
        return new TensorFileException(file, what + ": expected " + expected + ", found " + parser.currentToken());
    }
}
