package org.backpropaganda.experiments.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.experiments.Words;

/**
 * Which files belong to which class, by the names of their folders.
 *
 * @param classNames the names of the folders that hold images, sorted
 * @param files the image files, by class, then by name
 * @param classSizes the number of files of each class
 */
record ClassFolders(List<String> classNames, List<String> files, List<Integer> classSizes) {
    private static final int MOST_FOLDERS = 16;

    /**
     * Sorts {@code class/image} names into classes; top folders that all images share are passed over.
     *
     * @param root where the names come from, for messages
     * @param names relative, separated by {@code /}, sorted
     * @throws DataException if there are no images, an image is not in a class folder, or a class folder holds
     *     something else
     */
    static ClassFolders of(Path root, List<String> names) {
        List<String> images = names.stream().filter(ClassFolders::isImage).toList();
        if (images.isEmpty()) {
            throw new DataException(root + ": holds no .jpg, .jpeg or .png file; put images there, one folder a class");
        }
        requireShallow(root, images);
        String top = sharedTop(images);
        TreeMap<String, List<String>> classes = new TreeMap<>();
        for (String image : images) {
            String inside = image.substring(top.length());
            int slash = inside.indexOf('/');
            if (slash < 0 || slash != inside.lastIndexOf('/')) {
                throw new DataException(root + "/" + Words.name(image) + ": must lie in a class folder, as "
                        + Words.name(top) + "class/image; move it there or remove it");
            }
            classes.computeIfAbsent(inside.substring(0, slash), name -> new ArrayList<>())
                    .add(image);
        }
        refuseStrangers(root, names, top, classes);
        List<String> files = new ArrayList<>();
        classes.values().forEach(files::addAll);
        return new ClassFolders(
                List.copyOf(classes.keySet()),
                files,
                classes.values().stream().map(List::size).toList());
    }

    /** The label of each of the files. */
    int[] labels() {
        int[] labels = new int[files.size()];
        int next = 0;
        for (int label = 0; label < classSizes.size(); label++) {
            for (int i = 0; i < classSizes.get(label); i++) {
                labels[next++] = label;
            }
        }
        return labels;
    }

    /** The names of a zip file may hold tens of thousands of folders. */
    private static void requireShallow(Path root, List<String> images) {
        for (String image : images) {
            long folders = image.chars().filter(c -> c == '/').count();
            if (folders > MOST_FOLDERS) {
                throw new DataException(root + "/" + Words.name(image) + ": lies " + folders
                        + " folders deep, more than " + MOST_FOLDERS + "; put images there, one folder a class");
            }
        }
    }

    private static boolean isImage(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".jpg") || lower.endsWith(".jpeg") || lower.endsWith(".png");
    }

    /** The longest folder prefix, ending with a slash, that all images share above their class folders. */
    private static String sharedTop(List<String> images) {
        String top = "";
        while (true) {
            String first = images.get(0).substring(top.length());
            String candidate = top + first.substring(0, first.indexOf('/') + 1);
            int from = candidate.length();
            boolean shared = from > top.length()
                    && images.stream().allMatch(image -> image.startsWith(candidate) && image.indexOf('/', from) >= 0);
            if (!shared) {
                return top;
            }
            top = candidate;
        }
    }

    private static void refuseStrangers(Path root, List<String> names, String top, Map<String, List<String>> classes) {
        for (String name : names) {
            int slash = name.lastIndexOf('/');
            boolean inClass = slash >= top.length() && classes.containsKey(name.substring(top.length(), slash));
            if (name.startsWith(top) && inClass && !isImage(name)) {
                throw new DataException(root + "/" + Words.name(name)
                        + ": lies among images but is no .jpg, .jpeg or .png file; convert or remove it");
            }
        }
    }
}
