package org.backpropaganda.autograd.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * What native libraries want to be told before they are used.
 *
 * <p>JavaCPP caps the memory of the process at a multiple of the Java heap unless told otherwise before its first class
 * loads; the caps are lifted here, so that programs need no flags. A value given on the command line stays.
 */
final class NativeRuntime {
    static {
        for (String limit : new String[] {"maxphysicalbytes", "maxbytes"}) {
            String key = "org.bytedeco.javacpp." + limit;
            if (System.getProperty(key) == null) {
                System.setProperty(key, "0");
            }
        }
    }

    /** OpenMP keeps the count for each thread; this remembers what a thread was told last, by whichever engine. */
    private static final ThreadLocal<int[]> TOLD = ThreadLocal.withInitial(() -> new int[1]);

    private final @Nullable Function setThreads;

    NativeRuntime() {
        Loader.load(org.bytedeco.dnnl.global.dnnl.class);
        setThreads = openMp();
    }

    private static @Nullable Function openMp() {
        String library = Loader.getLoadedLibraries().entrySet().stream()
                .filter(e -> e.getKey().contains("omp"))
                .map(e -> e.getValue())
                .findFirst()
                .orElse("");
        try {
            return NativeLibrary.getInstance(library.isEmpty() ? "gomp" : library)
                    .getFunction("omp_set_num_threads");
        } catch (UnsatisfiedLinkError e) {
            return null;
        }
    }

    /** Another library has told this thread another count. */
    static void forget() {
        TOLD.get()[0] = 0;
    }

    /** Sets how many threads native parallel regions that this thread starts may use. */
    void useThreads(int count) {
        int[] told = TOLD.get();
        if (setThreads != null && told[0] != count) {
            setThreads.invokeVoid(new Object[] {count});
            told[0] = count;
        }
    }
}
