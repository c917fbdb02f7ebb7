package org.backpropaganda.autograd.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.tensor.Tensor;

/** Where everything goes in a safetensors file to be written. */
final class SafeTensorsLayout {
    private static final int ALIGNMENT = 8;

    private final List<Placed> placed = new ArrayList<>();
    private final byte[] header;

    @SuppressWarnings("ArrayRecordComponent")
    private record Placed(byte[] name, StoredType type, Tensor tensor) {}

    SafeTensorsLayout(Map<String, Tensor> tensors, Map<String, String> metadata) {
        tensors.forEach((name, tensor) -> {
            if (name.equals(SafeTensorsJson.METADATA)) {
                throw new IllegalArgumentException("safetensors: the name " + name + " is the format's own");
            }
            if (tensor.isClosed()) {
                throw new IllegalStateException("safetensors: tensor \"" + name + "\" is closed");
            }
            placed.add(new Placed(utf8(name), type(name, tensor), tensor));
        });
        placed.sort(Comparator.comparing(Placed::type, Collections.reverseOrder())
                .thenComparing(Placed::name, Arrays::compareUnsigned));
        header = header(metadata);
        if (header.length > SafeTensorsHeader.MOST_BYTES) {
            throw new IllegalArgumentException(
                    "safetensors: a header of " + header.length + " bytes is above " + SafeTensorsHeader.MOST_BYTES);
        }
    }

    private static StoredType type(String name, Tensor tensor) {
        try {
            return StoredType.of(tensor.dtype());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("tensor \"" + name + "\": " + e.getMessage(), e);
        }
    }

    private byte[] header(Map<String, String> metadata) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ascii(out, "{");
        String separator = "";
        if (!metadata.isEmpty()) {
            ascii(out, "\"" + SafeTensorsJson.METADATA + "\":{");
            for (Map.Entry<String, String> entry : metadata.entrySet()) {
                ascii(out, separator);
                quote(out, utf8(entry.getKey()));
                ascii(out, ":");
                quote(out, utf8(entry.getValue()));
                separator = ",";
            }
            ascii(out, "}");
        }
        long offset = 0;
        for (Placed each : placed) {
            long end = Math.addExact(offset, each.tensor.bytes());
            String sizes = StoredTensor.sizesOf(each.tensor.shape()).toString().replace(" ", "");
            ascii(out, separator);
            quote(out, each.name);
            ascii(out, ":{\"dtype\":\"" + each.type + "\",\"shape\":" + sizes);
            ascii(out, ",\"data_offsets\":[" + offset + "," + end + "]}");
            separator = ",";
            offset = end;
        }
        ascii(out, "}");
        while (out.size() % ALIGNMENT != 0) {
            ascii(out, " ");
        }
        return out.toByteArray();
    }

    /** Escapes as little as JSON allows, with lower-case digits, as the format's own writer does. */
    private static void quote(ByteArrayOutputStream out, byte[] text) {
        ascii(out, "\"");
        for (byte each : text) {
            switch (each) {
                case '"' -> ascii(out, "\\\"");
                case '\\' -> ascii(out, "\\\\");
                case '\b' -> ascii(out, "\\b");
                case '\f' -> ascii(out, "\\f");
                case '\n' -> ascii(out, "\\n");
                case '\r' -> ascii(out, "\\r");
                case '\t' -> ascii(out, "\\t");
                default -> {
                    if (each >= 0 && each < ' ') {
                        ascii(out, String.format("\\u%04x", (int) each));
                    } else {
                        out.write(each);
                    }
                }
            }
        }
        ascii(out, "\"");
    }

    private static void ascii(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] utf8(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("safetensors: half a surrogate pair in \"" + text + "\"", e);
        }
    }

    /** Writes the whole file. */
    void write(Elements.Sink sink) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        sink.write(length.putLong(header.length).flip());
        sink.write(ByteBuffer.wrap(header));
        for (Placed each : placed) {
            Elements.write(each.tensor, sink);
        }
    }
}
