package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * What stands before the data of a .npy file: a magic, a version, a length and a Python dictionary.
 *
 * @param type of the elements
 * @param order of their bytes
 * @param sizes outermost first
 * @param bytes of the header itself
 */
record NpyHeader(StoredType type, ByteOrder order, List<Long> sizes, int bytes) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int PREFIX_BYTES = 10;
    private static final int ALIGNMENT = 64;
    private static final int MOST_BYTES = 1 << 16;

    /** NumPy leaves room for the first size to grow to so many digits. */
    private static final int DIGITS = 21;

    private static final Pattern DICTIONARY = Pattern.compile("\\s*+\\{((?:\\s*+'[a-z_]++'\\s*+:\\s*+"
            + "(?:'[^']*+'|True|False|\\([0-9L,\\s]*+\\))\\s*+,?+)*+)\\s*+\\}\\s*+");
    private static final Pattern ITEM = Pattern.compile("'([a-z_]++)'\\s*+:\\s*+('[^']*+'|True|False|\\([^)]*+\\))");

    private static final Map<String, StoredType> TYPES = Map.ofEntries(
            Map.entry("b1", StoredType.BOOL),
            Map.entry("i1", StoredType.I8),
            Map.entry("u1", StoredType.U8),
            Map.entry("i2", StoredType.I16),
            Map.entry("u2", StoredType.U16),
            Map.entry("f2", StoredType.F16),
            Map.entry("i4", StoredType.I32),
            Map.entry("u4", StoredType.U32),
            Map.entry("f4", StoredType.F32),
            Map.entry("i8", StoredType.I64),
            Map.entry("u8", StoredType.U64),
            Map.entry("f8", StoredType.F64),
            Map.entry("c8", StoredType.C64));

    /** The header of a tensor to be written, as NumPy makes it. */
    static byte[] of(Tensor tensor) {
        StoredType type = StoredType.of(tensor.dtype());
        String descr = TYPES.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .map(entry -> (type.bits() == 8 ? "|" : "<") + entry.getKey())
                .collect(Collectors.joining());
        List<Long> sizes = StoredTensor.sizesOf(tensor.shape());
        String tuple = sizes.stream().map(String::valueOf).collect(Collectors.joining(", "));
        String text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + tuple
                + (sizes.size() == 1 ? "," : "") + "), }";
        int spare = sizes.isEmpty() ? 0 : DIGITS - String.valueOf(sizes.get(0)).length();
        int used = text.length() + spare + 1;
        int padding = ALIGNMENT - (PREFIX_BYTES + used) % ALIGNMENT;
        String padded = text + " ".repeat(spare + padding) + "\n";
        ByteBuffer out = ByteBuffer.allocate(PREFIX_BYTES + padded.length()).order(ByteOrder.LITTLE_ENDIAN);
        out.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded.length());
        return out.put(padded.getBytes(StandardCharsets.US_ASCII)).array();
    }

    /**
     * Reads a header.
     *
     * @throws IOException with what is wrong with it
     */
    static NpyHeader read(InputStream in) throws IOException {
        byte[] start = in.readNBytes(MAGIC.length + 2);
        if (start.length < MAGIC.length + 2 || !Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("does not begin as a .npy file");
        }
        int version = start[MAGIC.length];
        if (version < 1 || version > 3) {
            throw new IOException("is of .npy version " + version + ", not 1 to 3");
        }
        int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
        byte[] raw = Arrays.copyOf(in.readNBytes(lengthBytes), Integer.BYTES);
        int length = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (length < 0 || length > MOST_BYTES) {
            throw new IOException(
                    "has a header of " + Integer.toUnsignedString(length) + " bytes, above " + MOST_BYTES);
        }
        byte[] text = in.readNBytes(length);
        if (text.length < length) {
            throw new IOException("is truncated within its header");
        }
        return parse(new String(text, StandardCharsets.UTF_8), start.length + lengthBytes + length);
    }

    private static NpyHeader parse(String text, int bytes) throws IOException {
        Matcher dictionary = DICTIONARY.matcher(text);
        if (!dictionary.matches()) {
            throw new IOException("has a header that is no plain array's: " + Printable.name(text.strip()));
        }
        String descr = "";
        String fortran = "";
        String shape = "";
        Matcher item = ITEM.matcher(dictionary.group(1));
        while (item.find()) {
            switch (item.group(1)) {
                case "descr" -> descr = item.group(2);
                case "fortran_order" -> fortran = item.group(2);
                case "shape" -> shape = item.group(2);
                default ->
                    throw new IOException("has an unknown field '" + Printable.name(item.group(1)) + "' in its header");
            }
        }
        if (!shape.startsWith("(")) {
            throw new IOException("has no shape");
        }
        if (!fortran.equals("False")) {
            throw new IOException("is in Fortran order; save numpy.ascontiguousarray of it");
        }
        StoredType type = descr.length() == 5 ? TYPES.get(descr.substring(2, 4)) : null;
        char order = descr.length() == 5 ? descr.charAt(1) : ' ';
        if (type == null || (order != '<' && order != '>' && (order != '|' || type.bits() != 8))) {
            throw new IOException("has elements of type " + Printable.name(descr) + ", which is not known here");
        }
        return new NpyHeader(type, order == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, sizes(shape), bytes);
    }

    private static List<Long> sizes(String tuple) throws IOException {
        List<Long> sizes;
        try {
            sizes = Arrays.stream(tuple.substring(1, tuple.length() - 1).split(",", -1))
                    .map(size -> size.strip().replaceFirst("L$", ""))
                    .filter(size -> !size.isEmpty())
                    .map(Long::valueOf)
                    .toList();
        } catch (NumberFormatException e) {
            throw new IOException("has the shape " + Printable.name(tuple), e);
        }
        if (sizes.size() > StoredTensor.MOST_SIZES) {
            throw new IOException("has " + sizes.size() + " sizes, more than " + StoredTensor.MOST_SIZES);
        }
        return sizes;
    }
}
