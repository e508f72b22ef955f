echo this is sh
