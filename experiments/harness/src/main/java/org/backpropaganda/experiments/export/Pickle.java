package org.backpropaganda.experiments.export;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes values as Python's {@code pickle} does in protocol 2: strings, whole numbers, doubles, lists and maps of them, each list
 * a {@code list}, each map a {@code dict}. The same string twice is one object.
 *
 * <p>Source: Python's {@code pickletools}, which names the opcodes; PEP 307 for protocol 2.
 */
final class Pickle {
    private static final int PROTO = 0x80;
    private static final int LONG1 = 0x8a;
    private static final int BATCH = 1000;
    private static final int BYTE = 1 << 8;
    private static final int SHORT = 1 << 16;

    private final DataOutputStream out;
    private final Map<String, Integer> strings = new HashMap<>();
    private int memo;

    private Pickle(DataOutputStream out) {
        this.out = out;
    }

    /**
     * Writes a value.
     *
     * @param value of strings, integers, longs, doubles, lists and maps
     * @throws IllegalArgumentException if there is anything else in it
     */
    static void write(OutputStream stream, Object value) throws IOException {
        DataOutputStream out = new DataOutputStream(stream);
        out.write(PROTO);
        out.write(2);
        new Pickle(out).value(value);
        out.write('.');
        out.flush();
    }

    private void value(Object value) throws IOException {
        if (value instanceof String text) {
            string(text);
        } else if (value instanceof Integer || value instanceof Long) {
            number(((Number) value).longValue());
        } else if (value instanceof Double number) {
            out.write('G');
            out.writeDouble(number);
        } else if (value instanceof List<?> list) {
            list(list);
        } else if (value instanceof Map<?, ?> map) {
            map(map);
        } else {
            throw new IllegalArgumentException(
                    "pickle: no way to write a " + value.getClass().getName());
        }
    }

    private void string(String text) throws IOException {
        Integer known = strings.get(text);
        if (known != null) {
            reference('h', 'j', known);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        littleEndian(bytes.length);
        out.write(bytes);
        strings.put(text, memo);
        remember();
    }

    private void remember() throws IOException {
        reference('q', 'r', memo++);
    }

    private void reference(char small, char large, int number) throws IOException {
        if (number < BYTE) {
            out.write(small);
            out.write(number);
        } else {
            out.write(large);
            littleEndian(number);
        }
    }

    private void number(long number) throws IOException {
        if (number >= 0 && number < BYTE) {
            out.write('K');
            out.write((int) number);
        } else if (number >= 0 && number < SHORT) {
            out.write('M');
            out.writeShort(Short.reverseBytes((short) number));
        } else if (number == (int) number) {
            out.write('J');
            littleEndian((int) number);
        } else {
            byte[] bigEndian = BigInteger.valueOf(number).toByteArray();
            out.write(LONG1);
            out.write(bigEndian.length);
            for (int i = bigEndian.length - 1; i >= 0; i--) {
                out.write(bigEndian[i]);
            }
        }
    }

    private void list(List<?> list) throws IOException {
        out.write(']');
        remember();
        if (list.size() == 1) {
            value(list.get(0));
            out.write('a');
            return;
        }
        for (int from = 0; from < list.size(); from += BATCH) {
            out.write('(');
            for (Object each : list.subList(from, Math.min(from + BATCH, list.size()))) {
                value(each);
            }
            out.write('e');
        }
    }

    private void map(Map<?, ?> map) throws IOException {
        if (map.size() > BATCH) {
            throw new IllegalArgumentException("pickle: a map of " + map.size() + " keys is above " + BATCH);
        }
        out.write('}');
        remember();
        if (map.size() > 1) {
            out.write('(');
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            value(entry.getKey());
            value(entry.getValue());
        }
        if (!map.isEmpty()) {
            out.write(map.size() == 1 ? 's' : 'u');
        }
    }

    private void littleEndian(int number) throws IOException {
        out.writeInt(Integer.reverseBytes(number));
    }
}
