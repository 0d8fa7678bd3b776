// A loader against another header than the released one: loadModel takes other parameters.

class CustomLoaderInterface {
 public:
  virtual ~CustomLoaderInterface() {}
  virtual int loadModel(const char* name, const char* base_path, int version, char** model, int* length) = 0;
};

class DraftLoader : public CustomLoaderInterface {
 public:
  int loadModel(const char* name, const char* base_path, int version, char** model, int* length) override;
};

int DraftLoader::loadModel(const char*, const char*, int, char**, int*) { return 0; }

extern "C" CustomLoaderInterface* createCustomLoader() { return new DraftLoader; }
